import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useEnumLabel } from '../../../ui/enum-label';
import { useMoment } from '../../../ui/moment';
import { QueryBoundary, EmptyState } from '../../../ui/states';
import { organisationActivitiesQuery } from './queries';
import './next-activities.css';

/** The next few activities of an organisation, on the first page of its desk. */
export function NextActivities({ organisationId }: { organisationId: string }) {
  const { t } = useTranslation('activities-manage');
  const label = useEnumLabel();
  const moment = useMoment();
  const list = useInfiniteQuery(organisationActivitiesQuery(organisationId));
  return (
    <section className="next-activities">
      <h2>{t('next')}</h2>
      <QueryBoundary query={list}>
        {({ pages }) => {
          const next = pages
            .flatMap((page) => page.activities)
            .filter((activity) => activity.state !== 'CANCELLED' && Date.parse(activity.endsAt ?? '') > Date.now())
            .reverse()
            .slice(0, 5);
          if (next.length === 0) return <EmptyState text={t('noNext')} />;
          return (
            <ul>
              {next.map((activity) => (
                <li key={activity.activityId}>
                  <Link to={`/desk/${organisationId}/activities`}>{activity.title}</Link>
                  <span className="soft">
                    {moment.range(activity.startsAt, activity.endsAt)} · {label('ActivityState', activity.state)} ·{' '}
                    {t('of', { taken: activity.seatsTaken, capacity: activity.capacity })}
                  </span>
                </li>
              ))}
            </ul>
          );
        }}
      </QueryBoundary>
    </section>
  );
}
