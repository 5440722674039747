import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useDesk } from '../../../api/rights';
import { QueryBoundary } from '../../../ui/states';
import { activityQuery } from '../../../api/activities';
import { LetterDesk } from './letter-desk';
import '../letters.css';

/** Letters of an organisation to its members. */
export function MemberLettersDesk() {
  const { t } = useTranslation('letters');
  const { organisationId } = useDesk();
  return (
    <>
      <p className="soft">{t('desk.lead')}</p>
      <LetterDesk kind="MEMBERS" ownerId={organisationId} />
    </>
  );
}

/** Letters of an organiser to those who are registered for an activity. */
export function RegistrationLettersDesk() {
  const { t } = useTranslation('letters');
  const { organisationId } = useDesk();
  const { activityId = '' } = useParams();
  const activity = useQuery(activityQuery(activityId));
  return (
    <>
      <QueryBoundary query={activity} rows={1}>
        {({ title }) => (
          <p className="soft">
            <Link to={`/desk/${organisationId}/activities`}>{t('desk.toActivities')}</Link> / {title}
          </p>
        )}
      </QueryBoundary>
      <p className="soft">{t('desk.leadRegistrants')}</p>
      <LetterDesk kind="REGISTRATIONS" ownerId={activityId} />
    </>
  );
}
