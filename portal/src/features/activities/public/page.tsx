import { useEnumLabel } from '../../../ui/enum-label';
import {
  CalendarOutlined,
  ClockCircleOutlined,
  EnvironmentOutlined,
  HourglassOutlined,
  TeamOutlined,
  UserOutlined,
} from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import type { Schema } from '../../../api/client';
import { Chip } from '../../../ui/controls';
import { useMoment } from '../../../ui/moment';
import { useNow } from '../../../ui/now';
import { useTitle } from '../../../ui/sheet';
import { QueryBoundary } from '../../../ui/states';
import { activityQuery } from '../../../api/activities';
import { useSeat } from '../queries';
import { Cover } from './cover';
import { Register } from './register';
import { standingOf } from './standing';
import './activities.css';

/** One activity: all facts, and the seat. */
export function ActivityPage() {
  const { t } = useTranslation('activities');
  const label = useEnumLabel();
  const { activityId = '' } = useParams();
  const activity = useQuery(activityQuery(activityId));
  const seat = useSeat(activityId);
  const now = useNow();
  useTitle(activity.data?.title ?? t('title'));
  return (
    <QueryBoundary query={activity} rows={8}>
      {(found) => (
        <article className="activity-page">
          <header>
            <Cover cover={found.cover} sizes="(max-width: 900px) 100vw, 720px" />
            <div className="activity-tags">
              <Chip>{label('ActivityKind', found.kind)}</Chip>
              {found.state === 'DRAFT' && <Chip>{t('draft')}</Chip>}
            </div>
            <h1>{found.title}</h1>
            <p className="soft">
              <Link to={`/organisations/${found.organisationId}`}>{found.organisationName}</Link>
            </p>
          </header>
          <aside className="activity-side">
            <Facts activity={found} />
            <Register activity={found} seat={seat.data} standing={standingOf(found, seat.data, now)} />
          </aside>
          <section>
            <h2>{t('about')}</h2>
            <p className="activity-text">{found.description || t('noDescription')}</p>
          </section>
        </article>
      )}
    </QueryBoundary>
  );
}

function Facts({ activity }: { activity: Schema<'Activity'> }) {
  const { t } = useTranslation('activities');
  const moment = useMoment();
  const left = Math.max(0, activity.capacity - activity.seatsTaken);
  return (
    <dl className="activity-facts">
      <Fact icon={<CalendarOutlined />} name={t('when')}>
        {moment.range(activity.startsAt, activity.endsAt)}
      </Fact>
      <Fact icon={<EnvironmentOutlined />} name={t('where')}>
        {activity.place || t('online')}
      </Fact>
      <Fact icon={<TeamOutlined />} name={t('host')}>
        {activity.organisationName}
      </Fact>
      {activity.registrationClosesAt && (
        <Fact icon={<HourglassOutlined />} name={t('closes')}>
          {moment.exact(activity.registrationClosesAt)}
        </Fact>
      )}
      {activity.creditMinutes > 0 && (
        <Fact icon={<ClockCircleOutlined />} name={t('credit')}>
          {t('minutes', { count: activity.creditMinutes })}
        </Fact>
      )}
      <Fact icon={<UserOutlined />} name={t('seats')}>
        {t('seatsLeft', { count: left, capacity: activity.capacity })}
        <span className="seats-bar" aria-hidden>
          <span style={{ width: `${Math.min(100, (activity.seatsTaken / Math.max(1, activity.capacity)) * 100)}%` }} />
        </span>
      </Fact>
    </dl>
  );
}

function Fact({ icon, name, children }: { icon: ReactNode; name: string; children: ReactNode }) {
  return (
    <div>
      <dt>
        <span aria-hidden>{icon}</span> {name}
      </dt>
      <dd>{children}</dd>
    </div>
  );
}
