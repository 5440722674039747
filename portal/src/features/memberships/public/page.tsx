import { CheckCircleFilled, CloseCircleFilled, LinkOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { answer, api, type Schema } from '../../../api/client';
import { problemOf } from '../../../api/problem';
import { useDay, useMoment } from '../../../ui/moment';
import { useEnumLabel } from '../../../ui/enum-label';
import { useTitle } from '../../../ui/sheet';
import { QueryBoundary } from '../../../ui/states';
import './verification.css';

/** The verification of a member card for the person who scanned it: first the verdict, then the facts. */
export function Verification() {
  const { t } = useTranslation('verification');
  const { token = '' } = useParams();
  useTitle(t('title'));
  const card = useQuery({
    queryKey: ['card', token],
    queryFn: () => answer(api.GET('/v1/cards/{token}', { params: { path: { token } } })),
    // Asked again on each visit: a membership can be suspended at any moment.
    staleTime: 0,
  });
  const refused = card.error && !card.data && [400, 404].includes(problemOf(card.error).status);
  return (
    <section className="verification" aria-live="polite">
      <h1>{t('title')}</h1>
      {refused ? (
        <>
          <Verdict kind="bad" icon={<LinkOutlined />} words={t('invalid')} />
          <p>{t('invalidHint')}</p>
        </>
      ) : (
        <QueryBoundary query={card}>{(found) => <Result card={found} />}</QueryBoundary>
      )}
      <p className="soft verification-note">
        {t('note')} <Link to="/">{t('home')}</Link>
      </p>
    </section>
  );
}

function Verdict({ kind, icon, words }: { kind: 'good' | 'bad'; icon: ReactNode; words: string }) {
  return (
    <p className={`verdict verdict-${kind}`}>
      <span aria-hidden>{icon}</span>
      <strong>{words}</strong>
    </p>
  );
}

function Result({ card }: { card: Schema<'CardVerification'> }) {
  const { t } = useTranslation('verification');
  const label = useEnumLabel();
  const moment = useMoment();
  const day = useDay();
  const facts: [string, string][] = [
    ['organisation', card.organisationName],
    ['number', card.memberNumber],
    ['name', card.maskedName || t('nameWithheld')],
    ['category', label('MembershipCategory', card.category)],
    ['since', day(card.joinedOn)],
    ['checkedAt', card.checkedAt ? moment.exact(card.checkedAt) : ''],
  ];
  return (
    <>
      {card.inForce ? (
        <Verdict kind="good" icon={<CheckCircleFilled />} words={t('inForce')} />
      ) : (
        <>
          <Verdict kind="bad" icon={<CloseCircleFilled />} words={t('notInForce')} />
          <p>{t(`state.${card.state}`)}</p>
        </>
      )}
      <dl>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{t(name)}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
