import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Select, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Schema } from '../../../api/client';
import { useDesk } from '../../../api/rights';
import { useEnumLabel } from '../../../ui/enum-label';
import { useMoment } from '../../../ui/moment';
import { PicturePanel } from '../../../ui/picture-panel';
import { ResourceTable, type Column } from '../../../ui/resource-table';
import { SideDrawer } from '../../../ui/side-drawer';
import { EmptyState } from '../../../ui/states';
import { ActivityActions } from './activity-actions';
import { coverSource } from './cover-source';
import { ActivityForm } from './form';
import { activityStates, organisationActivitiesQuery, type ActivityState } from './queries';
import { Registrations } from './registrations';
import { ReviewTag } from './review-state';

type Activity = Schema<'Activity'>;

/** The activities of an organisation: drafts, published ones, and who comes. */
export function DeskActivities() {
  const { t } = useTranslation('activities-manage');
  const label = useEnumLabel();
  const { organisationId, may } = useDesk();
  const [creating, setCreating] = useState(false);
  const [edited, setEdited] = useState<Activity | null>(null);
  const [attended, setAttended] = useState<Activity | null>(null);
  const [covered, setCovered] = useState<Activity | null>(null);
  const [state, setState] = useState<ActivityState | ''>('');
  const list = useInfiniteQuery(organisationActivitiesQuery(organisationId, state));
  const columns = useColumns();
  return (
    <>
      <div className="toolbar">
        <Button type="primary" onClick={() => setCreating(true)}>
          {t('create')}
        </Button>
        <Select<ActivityState | ''>
          aria-label={t('stateName')}
          value={state}
          onChange={setState}
          options={[
            { value: '', label: t('anyState') },
            ...activityStates.map((value) => ({ value, label: label('ActivityState', value) })),
          ]}
        />
      </div>
      <ResourceTable
        query={list}
        rowsOf={(page) => page.activities}
        keyOf={(activity) => activity.activityId}
        columns={columns}
        actions={(activity) => (
          <ActivityActions
            activity={activity}
            organisationId={organisationId}
            reviewed={list.data?.pages[0]?.reviewed ?? false}
            may={may}
            onEdit={() => setEdited(activity)}
            onRegistrations={() => setAttended(activity)}
            onCover={() => setCovered(activity)}
          />
        )}
        empty={<EmptyState text={t(state ? 'nothingFound' : 'nothing')} />}
        lines={10}
      />
      <SideDrawer open={creating} title={t('create')} onClose={() => setCreating(false)}>
        <ActivityForm organisationId={organisationId} onDone={() => setCreating(false)} />
      </SideDrawer>
      <SideDrawer open={Boolean(edited)} title={t('edit')} onClose={() => setEdited(null)}>
        {edited && (
          <ActivityForm
            key={edited.etag}
            organisationId={organisationId}
            activity={edited}
            onDone={() => setEdited(null)}
          />
        )}
      </SideDrawer>
      <SideDrawer
        wide
        open={Boolean(attended)}
        title={attended ? `${t('registrations')} · ${attended.title}` : ''}
        onClose={() => setAttended(null)}
      >
        {attended && <Registrations activityId={attended.activityId} />}
      </SideDrawer>
      <SideDrawer
        open={Boolean(covered)}
        title={covered ? `${t('cover.title')} · ${covered.title}` : ''}
        onClose={() => setCovered(null)}
      >
        {covered && (
          <PicturePanel
            source={coverSource(organisationId, covered.activityId, (key, values) => t(`cover.${key}`, values ?? {}))}
          />
        )}
      </SideDrawer>
    </>
  );
}

const colours: Record<Activity['state'], string> = {
  PUBLISHED: 'success',
  CANCELLED: 'error',
  DRAFT: 'default',
  STATE_UNSPECIFIED: 'default',
};

function useColumns(): Column<Activity>[] {
  const { t } = useTranslation('activities-manage');
  const label = useEnumLabel();
  const moment = useMoment();
  return [
    {
      name: t('title'),
      cell: ({ activityId, title }) => <Link to={`/activities/${activityId}`}>{title}</Link>,
    },
    { name: t('when'), cell: ({ startsAt, endsAt }) => moment.range(startsAt, endsAt) },
    {
      name: t('stateName'),
      cell: ({ state, review }) => (
        <span>
          <Tag color={colours[state]}>{label('ActivityState', state)}</Tag>
          <ReviewTag review={review} />
        </span>
      ),
    },
    { name: t('seats'), cell: ({ seatsTaken, capacity }) => t('of', { taken: seatsTaken, capacity }) },
  ];
}
