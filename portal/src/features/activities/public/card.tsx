import { useEnumLabel } from '../../../ui/enum-label';
import { CalendarOutlined, EnvironmentOutlined, TeamOutlined } from '@ant-design/icons';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Schema } from '../../../api/client';
import { Chip } from '../../../ui/controls';
import { useMoment } from '../../../ui/moment';
import { Cover } from './cover';
import { DrawnCover } from './drawn-cover';
import './activities.css';

/** An activity in a list: when, what, where, and whether there is room. */
export function ActivityCard({ activity }: { activity: Schema<'Activity'> }) {
  const { t } = useTranslation('activities');
  const label = useEnumLabel();
  const moment = useMoment();
  const left = activity.capacity - activity.seatsTaken;
  return (
    <article className="activity">
      {activity.cover ? (
        <Cover cover={activity.cover} sizes="(max-width: 700px) 100vw, 360px" named />
      ) : (
        <DrawnCover activityId={activity.activityId} kind={activity.kind} />
      )}
      <div className="activity-tags">
        <Chip>{label('ActivityKind', activity.kind)}</Chip>
        {left <= 0 && <Chip warm>{t('full')}</Chip>}
        {left > 0 && left * 5 <= activity.capacity && <Chip warm>{t('fewLeft', { count: left })}</Chip>}
      </div>
      <h3>
        <Link to={`/activities/${activity.activityId}`}>{activity.title}</Link>
      </h3>
      <p>
        <CalendarOutlined aria-hidden /> {moment.range(activity.startsAt, activity.endsAt)}
      </p>
      <p>
        <EnvironmentOutlined aria-hidden /> {activity.place || t('online')}
      </p>
      <p>
        <TeamOutlined aria-hidden /> {activity.organisationName}
      </p>
    </article>
  );
}
