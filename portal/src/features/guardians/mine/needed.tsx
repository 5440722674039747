import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { answer, api, type Schema } from '../../../api/client';
import { meQuery } from '../../../api/me';
import { copyText } from '../../../ui/clipboard';
import { useCommand } from '../../../ui/command';
import { useMoment } from '../../../ui/moment';
import { useNotices } from '../../../ui/notices';
import { useNow } from '../../../ui/now';
import { QueryBoundary } from '../../../ui/states';
import { personQuery } from '../../../api/person';
import { guardianshipQuery, standing, stateOf } from './queries';
import './guardians.css';

/** For a child whose verification waits: why a guardian is needed, and the code that the guardian enters. */
export function GuardianNeeded({ suspended }: { suspended: boolean }) {
  const { t } = useTranslation('guardians');
  const queries = useQueryClient();
  const guardianship = useQuery(guardianshipQuery);
  const confirmed = guardianship.data && stateOf(guardianship.data) === 'CONFIRMED';
  // The guardian has agreed while this page was open.
  useEffect(() => {
    if (!confirmed) return;
    void queries.invalidateQueries({ queryKey: personQuery.queryKey });
    void queries.invalidateQueries({ queryKey: meQuery.queryKey, exact: true });
  }, [confirmed, queries]);
  return (
    <section className="paper">
      <h2>{t('needed')}</h2>
      {suspended && <Alert type="warning" showIcon title={t('suspended')} className="guardian-note" />}
      <p>{t('why')}</p>
      <ol className="guardian-steps">
        {(t('steps', { returnObjects: true }) as string[]).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ol>
      <QueryBoundary query={guardianship} rows={2}>
        {(held) => <Code guardianship={held} />}
      </QueryBoundary>
      <p className="soft">{t('forgotten')}</p>
    </section>
  );
}

function Code({ guardianship }: { guardianship: Schema<'MyGuardianship'> }) {
  const { t } = useTranslation('guardians');
  const moment = useMoment();
  const now = useNow();
  const { message } = useNotices();
  const { run, busy } = useCommand();
  const [made, setMade] = useState<Schema<'GuardianCode'> | null>(null);
  const stands = standing(guardianship, made, now);
  const make = async () => {
    const code = await run((header) => answer(api.POST('/v1/me/guardian-codes', { params: { header }, body: {} })), {
      invalidates: [guardianshipQuery.queryKey],
      refreshes: [personQuery.queryKey],
    });
    if (code) setMade(code);
  };
  const copy = async (text: string) => {
    if (await copyText(text)) message.success(t('copied'));
    else message.info(t('copyFailed'));
  };
  const name = guardianship.maskedGuardianName;
  return (
    <div className="guardian-code" aria-live="polite">
      {stands === 'code' && made && (
        <>
          <p className="soft">{t('code')}</p>
          <p>
            <output className="guardian-digits">{made.code}</output>
          </p>
          <p>{t('codeUntil', { at: moment.exact(made.expiresAt ?? '') })}</p>
          <Button type="primary" onClick={() => void copy(made.code)}>
            {t('copy')}
          </Button>
        </>
      )}
      {stands === 'hidden' && <p>{t('hidden', { at: moment.exact(guardianship.codeExpiresAt ?? '') })}</p>}
      {stands === 'requested' && <p>{t('requested', { name })}</p>}
      {stands === 'refused' && <p>{t('refused', { name })}</p>}
      {stands === 'withdrawn' && <p>{t('withdrawnBefore', { name })}</p>}
      <div className="guardian-acts">
        <Button
          type={stands === 'none' || stands === 'refused' || stands === 'withdrawn' ? 'primary' : 'default'}
          loading={busy}
          onClick={() => void make()}
        >
          {t(stands === 'code' || stands === 'hidden' || stands === 'requested' ? 'makeAgain' : 'make')}
        </Button>
        {stands === 'requested' && <span className="soft">{t('makeAgainNote')}</span>}
      </div>
    </div>
  );
}
