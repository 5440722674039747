import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../../../api/client';
import { useEnumLabel } from '../../../ui/enum-label';
import { useDay } from '../../../ui/moment';

/** What an applicant was in the organisation before: those who decide know of a suspension that was left. */
export function EarlierMemberships({
  query,
}: {
  query: { data: Schema<'Application'> | undefined; error: unknown; refetch: () => unknown };
}) {
  const { t } = useTranslation('applications-manage');
  const { t: app } = useTranslation();
  const label = useEnumLabel();
  const day = useDay();
  const past = query.data?.earlierMemberships ?? [];
  if (!query.error && past.length === 0) return null;
  return (
    <>
      <h3>{t('review.earlier')}</h3>
      {query.error ? (
        <Button size="small" onClick={() => void query.refetch()}>
          {app('state.retry')}
        </Button>
      ) : (
        <ul className="application-earlier">
          {past.map((one) => (
            <li key={one.membershipId}>
              <span className="mono">{one.memberNumber}</span> · {label('MembershipState', one.state)}
              <span className="soft">
                {' · '}
                {one.endedOn
                  ? t('review.earlierTime', { from: day(one.joinedOn), to: day(one.endedOn) })
                  : t('review.earlierSince', { from: day(one.joinedOn) })}
              </span>
              {one.lastSuspendedOn && (
                <p>
                  {t('review.suspendedOn', {
                    day: day(one.lastSuspendedOn),
                    ground: label('SuspensionGround', one.suspensionGround),
                  })}
                  {one.endedSuspended && <strong> · {t('review.leftSuspended')}</strong>}
                </p>
              )}
              {one.suspensionReason && <p className="soft">{one.suspensionReason}</p>}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
