import { CalendarOutlined, EnvironmentOutlined, TeamOutlined } from '@ant-design/icons';
import { Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Schema } from '../../api/client';
import { useMoment } from '../../app/moment';
import './activities.css';

/** An activity in a list: when, what, where, and whether there is room. */
export function ActivityCard({ activity }: { activity: Schema<'Activity'> }) {
  const { t } = useTranslation('activities');
  const moment = useMoment();
  const left = activity.capacity - activity.seatsTaken;
  return (
    <article className="activity">
      <div className="activity-tags">
        <Tag>{t(`kind.${activity.kind}`)}</Tag>
        {left <= 0 && <Tag color="default">{t('full')}</Tag>}
        {left > 0 && left * 5 <= activity.capacity && <Tag color="warning">{t('fewLeft', { count: left })}</Tag>}
      </div>
      <h3>
        <Link to={`/activities/${activity.activityId}`}>{activity.title}</Link>
      </h3>
      <p>
        <CalendarOutlined aria-hidden /> {moment.range(activity.startsAt, activity.endsAt)}
      </p>
      <p>
        <EnvironmentOutlined aria-hidden /> {activity.place}
      </p>
      <p>
        <TeamOutlined aria-hidden /> {activity.organisationName}
      </p>
    </article>
  );
}
