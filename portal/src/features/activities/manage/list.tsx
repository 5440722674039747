import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Drawer, Form, Select, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { answer, api, type Schema } from '../../../api/client';
import { useDesk } from '../../../api/rights';
import { useAct, useSure } from '../../../ui/command';
import { useMoment } from '../../../ui/moment';
import { useNow } from '../../../ui/now';
import { Asked, Nothing } from '../../../ui/states';
import { ActivityForm } from './form';
import { activityStates, organisationActivitiesQuery, registrationsQuery, type ActivityState } from './queries';
import { ReasonDialog } from '../../../ui/reason-dialog';

type Activity = Schema<'Activity'>;
type May = (permission: string) => boolean;

/** The activities of a society: drafts, published ones, and who comes. */
export function DeskActivities() {
  const { organisationId, may } = useDesk();
  const { t } = useTranslation('desk');
  const moment = useMoment();
  const [creating, create] = useState(false);
  const [edited, edit] = useState<Activity | null>(null);
  const [people, show] = useState<Activity | null>(null);
  const [state, only] = useState<ActivityState | ''>('');
  const list = useInfiniteQuery(organisationActivitiesQuery(organisationId, state));
  return (
    <>
      <div className="desk-bar">
        <Button type="primary" onClick={() => create(true)}>
          {t('activities.create')}
        </Button>
        <Select<ActivityState | ''>
          aria-label={t('activities.stateName')}
          value={state}
          onChange={only}
          options={[
            { value: '', label: t('activities.anyState') },
            ...activityStates.map((value) => ({ value, label: t(`activities.state.${value}`) })),
          ]}
        />
      </div>
      <Asked query={list} rows={10}>
        {({ pages }) => {
          const activities = pages.flatMap((page) => page.activities);
          if (activities.length === 0)
            return <Nothing text={t(state ? 'activities.nothingFound' : 'activities.nothing')} />;
          return (
            <>
              <table className="desk-table">
                <thead>
                  <tr>
                    <th scope="col">{t('activities.title')}</th>
                    <th scope="col">{t('activities.when')}</th>
                    <th scope="col">{t('activities.stateName')}</th>
                    <th scope="col">{t('activities.seats')}</th>
                    <th scope="col">
                      <span className="visually-hidden">{t('activities.acts')}</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {activities.map((activity) => (
                    <tr key={activity.activityId}>
                      <td data-name={t('activities.title')}>
                        <Link to={`/activities/${activity.activityId}`}>{activity.title}</Link>
                      </td>
                      <td data-name={t('activities.when')}>{moment.range(activity.startsAt, activity.endsAt)}</td>
                      <td data-name={t('activities.stateName')}>
                        <span>
                          <Tag
                            color={
                              activity.state === 'PUBLISHED'
                                ? 'success'
                                : activity.state === 'CANCELLED'
                                  ? 'error'
                                  : 'default'
                            }
                          >
                            {t(`activities.state.${activity.state}`)}
                          </Tag>
                        </span>
                      </td>
                      <td data-name={t('activities.seats')}>
                        {t('activities.of', { taken: activity.seatsTaken, capacity: activity.capacity })}
                      </td>
                      <td>
                        <Acts
                          activity={activity}
                          organisationId={organisationId}
                          may={may}
                          onEdit={() => edit(activity)}
                          onPeople={() => show(activity)}
                        />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
              {list.hasNextPage && (
                <p className="desk-more">
                  <Button loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                    {t('more')}
                  </Button>
                </p>
              )}
            </>
          );
        }}
      </Asked>
      <Drawer
        open={creating}
        onClose={() => create(false)}
        title={t('activities.create')}
        size="min(100vw, 560px)"
        destroyOnHidden
      >
        <ActivityForm organisationId={organisationId} onDone={() => create(false)} />
      </Drawer>
      <Drawer
        open={Boolean(edited)}
        onClose={() => edit(null)}
        title={t('activities.edit')}
        size="min(100vw, 560px)"
        destroyOnHidden
      >
        {edited && (
          <ActivityForm key={edited.etag} organisationId={organisationId} activity={edited} onDone={() => edit(null)} />
        )}
      </Drawer>
      <Drawer
        open={Boolean(people)}
        onClose={() => show(null)}
        title={people ? `${t('activities.registrations')} · ${people.title}` : ''}
        size="min(100vw, 760px)"
        destroyOnHidden
      >
        {people && <People activityId={people.activityId} />}
      </Drawer>
    </>
  );
}

function Acts({
  activity,
  organisationId,
  may,
  onEdit,
  onPeople,
}: {
  activity: Activity;
  organisationId: string;
  may: May;
  onEdit: () => void;
  onPeople: () => void;
}) {
  const { t } = useTranslation('desk');
  const { t: app } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<{ reason?: string }>();
  const publishing = useAct();
  const cancelling = useAct(form);
  const sure = useSure();
  const [asked, ask] = useState(false);
  const { activityId, title } = activity;
  const refresh = () => {
    void queries.invalidateQueries({ queryKey: ['desk', organisationId, 'activities'] });
    void queries.invalidateQueries({ queryKey: ['activity', activityId] });
    void queries.invalidateQueries({ queryKey: ['activities'] });
  };
  const after = () => {
    refresh();
    return false;
  };
  const publish = async () => {
    const done = await publishing.act(
      (header) =>
        answer(api.POST('/v1/activities/{activityId}:publish', { params: { path: { activityId }, header }, body: {} })),
      after,
    );
    if (!done) return;
    void message.success(t('activities.published'));
    refresh();
  };
  const cancel = async (reason: string) => {
    const done = await cancelling.act(
      (header) =>
        answer(
          api.POST('/v1/activities/{activityId}:cancel', {
            params: { path: { activityId }, header },
            body: { reason },
          }),
        ),
      after,
    );
    if (!done) return;
    ask(false);
    void message.success(t('activities.cancelled'));
    refresh();
  };
  const now = useNow();
  const over = Date.parse(activity.endsAt ?? '') < now;
  return (
    <div className="acts">
      {activity.state === 'DRAFT' && (
        <Button
          size="small"
          type="primary"
          loading={publishing.busy}
          onClick={() =>
            sure({
              title: t('activities.publishTitle', { title }),
              content: t('activities.publishText'),
              yes: t('activities.publish'),
              no: app('form.cancel'),
              danger: false,
              act: publish,
            })
          }
        >
          {t('activities.publish')}
        </Button>
      )}
      {activity.state === 'PUBLISHED' && may('checkins.manage') && (
        <Link to={`/desk/${organisationId}/activities/${activityId}/check-in`}>{t('activities.checkIn')}</Link>
      )}
      {activity.state !== 'DRAFT' && may('registrations.read') && (
        <Button size="small" onClick={onPeople}>
          {t('activities.registrations')}
        </Button>
      )}
      {(activity.state === 'DRAFT' || (activity.state === 'PUBLISHED' && !over)) && (
        <Button size="small" onClick={onEdit}>
          {t('activities.editShort')}
        </Button>
      )}
      {activity.state === 'PUBLISHED' && !over && (
        <Button size="small" danger onClick={() => ask(true)}>
          {t('activities.cancel')}
        </Button>
      )}
      {asked && (
        <ReasonDialog
          form={form}
          title={t('activities.cancelTitle', { title })}
          lead={t('activities.cancelLead')}
          yes={t('activities.cancel')}
          danger
          busy={cancelling.busy}
          templates={[]}
          onSay={(reason) => void cancel(reason)}
          onLeave={() => ask(false)}
        />
      )}
    </div>
  );
}

function People({ activityId }: { activityId: string }) {
  const { t } = useTranslation('desk');
  const moment = useMoment();
  const list = useInfiniteQuery(registrationsQuery(activityId));
  return (
    <Asked query={list} rows={8}>
      {({ pages }) => {
        const people = pages.flatMap((page) => page.registrations);
        if (people.length === 0) return <Nothing text={t('activities.people.none')} />;
        return (
          <>
            <table className="desk-table">
              <thead>
                <tr>
                  <th scope="col">{t('activities.people.name')}</th>
                  <th scope="col">{t('activities.people.state')}</th>
                  <th scope="col">{t('activities.people.at')}</th>
                  <th scope="col">{t('activities.people.in')}</th>
                </tr>
              </thead>
              <tbody>
                {people.map((person) => (
                  <tr key={person.registrationId}>
                    <td data-name={t('activities.people.name')}>
                      <span>
                        {person.personName || <span className="soft">{t('activities.people.unverified')}</span>}{' '}
                        <span className="soft mono">{person.personNumber}</span>
                      </span>
                    </td>
                    <td data-name={t('activities.people.state')}>{t(`activities.people.${person.state}`)}</td>
                    <td data-name={t('activities.people.at')}>
                      {person.createdAt ? moment.exact(person.createdAt) : ''}
                    </td>
                    <td data-name={t('activities.people.in')}>
                      {person.checkedInAt ? moment.exact(person.checkedInAt) : '–'}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
            {list.hasNextPage && (
              <p className="desk-more">
                <Button loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                  {t('more')}
                </Button>
              </p>
            )}
          </>
        );
      }}
    </Asked>
  );
}
