import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../../../api/client';
import { useMe } from '../../../api/me';
import { useMoment } from '../../../ui/moment';
import type { Query } from '../../../ui/states';

/** What has happened to an application: when, to which state, by whom, with which reason. */
export function ApplicationHistory({ query }: { query: Query<Schema<'ApplicationStep'>[]> }) {
  const { t } = useTranslation('applications-manage');
  const { t: app } = useTranslation();
  const moment = useMoment();
  const me = useMe();
  return (
    <>
      <h3>{t('review.history')}</h3>
      {query.error ? (
        <Button size="small" onClick={() => void query.refetch()}>
          {app('state.retry')}
        </Button>
      ) : (
        <ol className="application-history">
          {(query.data ?? []).map((past) => (
            <li key={`${past.occurredAt}${past.toState}`}>
              <span className="soft">{past.occurredAt ? moment.exact(past.occurredAt) : ''}</span>{' '}
              {t(`applicationState.${past.toState}`)}
              {past.actorNumber && (
                <span className="soft">
                  {' '}
                  ·{' '}
                  {past.actorNumber === me.data?.personNumber
                    ? t('review.byMe')
                    : t('review.by', { number: past.actorNumber })}
                </span>
              )}
              {past.reason && <p>{past.reason}</p>}
            </li>
          ))}
        </ol>
      )}
    </>
  );
}
