import { CheckCircleFilled, CloseCircleFilled, LinkOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { problemOf } from '../../../api/problem';
import { useMoment } from '../../../ui/moment';
import { useTitle } from '../../../ui/sheet';
import { QueryBoundary } from '../../../ui/states';
import { verificationQuery, type Verification } from '../queries';
import './papers.css';

/** The verification of a paper for the person who scanned it: first the verdict, then what to compare with the paper. */
export function PaperVerification() {
  const { t } = useTranslation('papers');
  const { kind = '', token = '' } = useParams();
  useTitle(t('title'));
  const paper = useQuery(verificationQuery(kind, token));
  const refused = paper.error && !paper.data && [400, 404].includes(problemOf(paper.error).status);
  return (
    <section className="paper-check" aria-live="polite">
      <h1>{t('title')}</h1>
      {refused || paper.data === null ? (
        <>
          <Verdict kind="bad" icon={<LinkOutlined />} words={t('invalid')} />
          <p>{t('invalidHint')}</p>
        </>
      ) : (
        <QueryBoundary query={paper}>{(found) => found && <Result paper={found} />}</QueryBoundary>
      )}
      <p className="soft paper-check-note">
        {t('note')} <Link to="/">{t('home')}</Link>
      </p>
    </section>
  );
}

function Verdict({ kind, icon, words }: { kind: 'good' | 'bad'; icon: ReactNode; words: string }) {
  return (
    <p className={`paper-verdict paper-verdict-${kind}`}>
      <span aria-hidden>{icon}</span>
      <strong>{words}</strong>
    </p>
  );
}

function Result({ paper }: { paper: Verification }) {
  const { t, i18n } = useTranslation('papers');
  const moment = useMoment();
  const chinese = i18n.language.startsWith('zh');
  const genuine = paper.state === 'ISSUED';
  const rows: [string, string][] = [
    [t('what'), t(`kind.${paper.kind}`)],
    [t('number'), paper.number],
    [t('issuer'), paper.issuerName],
    [t('holder'), paper.holderName],
    ...paper.facts.map(({ key, zh, en }): [string, string] => [t(`fact.${key}`, key), chinese ? zh : en]),
    [t('issuedAt'), paper.issuedAt ? moment.exact(paper.issuedAt) : ''],
    ...(paper.revokedAt ? [[t('revokedAt'), moment.exact(paper.revokedAt)] as [string, string]] : []),
    [t('checkedAt'), paper.checkedAt ? moment.exact(paper.checkedAt) : ''],
  ];
  return (
    <>
      {genuine ? (
        <>
          <Verdict kind="good" icon={<CheckCircleFilled />} words={t('genuine')} />
          <p>{t('compare')}</p>
        </>
      ) : (
        <>
          <Verdict kind="bad" icon={<CloseCircleFilled />} words={t('revoked')} />
          <p>{t(`reason.${paper.reason}`)}</p>
        </>
      )}
      <dl>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
