import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { answer, api, type Schema } from '../../../api/client';
import { useDivisions } from '../../../api/divisions';
import { Choice } from '../../../ui/controls';
import { QueryBoundary, Loading, EmptyState } from '../../../ui/states';
import { ActivityCard } from '../../activities';
import { nearestFirst, provinceOf, useNearbyDivision } from './nearby';

const soonQuery = (divisionCode: string) => ({
  queryKey: ['activities', 'next', divisionCode],
  queryFn: () =>
    answer(api.GET('/v1/activities', { params: { query: { pageSize: 6, ...(divisionCode && { divisionCode }) } } })),
});

/** What is on: near me when it is known where that is, and everywhere. */
export function UpcomingActivities() {
  const { t } = useTranslation('home');
  const { divisionCode, known, choose } = useNearbyDivision();
  const province = provinceOf(divisionCode);
  const provinces = useDivisions('');
  const near = useQuery({ ...soonQuery(province), enabled: Boolean(province) });
  const everywhere = useQuery(soonQuery(''));
  const name = provinces.data?.find(({ code }) => code === province)?.name ?? '';
  const close = province ? near.data?.activities : [];
  return (
    <>
      <section aria-labelledby="near">
        <div className="section-head">
          <h2 id="near">{t('near')}</h2>
          <Choice
            value={province}
            label={t('nearChoose')}
            onChange={choose}
            options={[
              { value: '', label: t('nearNone') },
              ...(provinces.data ?? []).map(({ code, name: label }) => ({ value: code, label })),
            ]}
          />
        </div>
        {!known ? (
          <Loading rows={6} />
        ) : !province ? (
          <p className="near-hint">{t('nearHint')}</p>
        ) : (
          <QueryBoundary query={near} rows={6}>
            {({ activities }) =>
              activities.length === 0 ? (
                <p className="near-hint" role="status">
                  {t('nothingNear', { place: name })}
                </p>
              ) : (
                <>
                  <Cards activities={nearestFirst(activities, divisionCode)} />
                  <p className="near-more">
                    <Link to={`/activities?province=${province}`}>{t('allNear', { place: name })}</Link>
                  </p>
                </>
              )
            }
          </QueryBoundary>
        )}
      </section>
      <section aria-labelledby="soon">
        <div className="section-head">
          <h2 id="soon">{t('soon')}</h2>
          <Link to="/activities">{t('allActivities')}</Link>
        </div>
        <QueryBoundary query={everywhere} rows={6}>
          {({ activities }) => {
            const rest = activities.filter(
              ({ activityId }) => !close?.some((shown) => shown.activityId === activityId),
            );
            return rest.length === 0 ? (
              <EmptyState text={t('nothingSoon')} action={<Link to="/organisations">{t('search')}</Link>} />
            ) : (
              <Cards activities={rest} />
            );
          }}
        </QueryBoundary>
      </section>
    </>
  );
}

function Cards({ activities }: { activities: readonly Schema<'Activity'>[] }) {
  return (
    <ul className="card-grid">
      {activities.map((activity) => (
        <li key={activity.activityId}>
          <ActivityCard activity={activity} />
        </li>
      ))}
    </ul>
  );
}
