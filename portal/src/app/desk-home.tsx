import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { answer, api } from '../api/client';
import { permissionsQuery, useMe, type Place } from '../api/me';
import { useComposed } from '../ui/composed-input';
import { useMoment } from '../ui/moment';
import { useTitle } from '../ui/sheet';
import { Asked, Failure, Loading, NotAllowed, Nothing } from '../ui/states';
import { deskActivitiesQuery, queueQuery } from './desk-queries';
import { deskPages, useRights } from '../api/rights';
import { SignInFirst } from '../ui/shut';
import './desk.css';

/** The organisations this person works for, and what waits in the chosen one. */
export function DeskHome() {
  const { t } = useTranslation('desk');
  useTitle(t('title'));
  const me = useMe();
  const permissions = useQuery({ ...permissionsQuery, enabled: Boolean(me.data) });
  const [search, setSearch] = useSearchParams();
  if (me.data === null) return <SignInFirst />;
  if (!permissions.data) {
    const error = me.error ?? permissions.error;
    return error ? (
      <Failure error={error} retry={() => void (me.data ? permissions : me).refetch()} />
    ) : (
      <Loading rows={8} />
    );
  }
  const places = new Map<string, Place>();
  for (const { permission } of deskPages)
    for (const place of permissions.data.get(permission) ?? []) places.set(place.organisationId, place);
  const all = [...places.values()];
  if (all.length === 0) return <NotAllowed />;
  const here = search.get('organisation') || all[0]?.organisationId || '';
  return (
    <>
      <header className="desk-head">
        <h1>{t('title')}</h1>
      </header>
      <Chooser places={all} value={here} onChange={(organisation) => setSearch({ organisation }, { replace: true })} />
      <Tiles key={here} organisationId={here} />
    </>
  );
}

/** One's own organisations, and those directly below them by name. */
export function Chooser({
  places,
  value,
  onChange,
}: {
  places: readonly Place[];
  value: string;
  onChange: (organisationId: string) => void;
}) {
  const { t } = useTranslation('desk');
  const [typed, type] = useState('');
  const composed = useComposed(typed, type);
  const [query, ask] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => ask(typed.trim()), 250);
    return () => clearTimeout(timer);
  }, [typed]);
  const below = useQuery({
    queryKey: ['desk', 'below', places.map((place) => place.organisationId), query],
    queryFn: async () => {
      const pages = await Promise.all(
        places.slice(0, 8).map(({ organisationId }) =>
          answer(
            api.GET('/v1/organisations', {
              params: { query: { parentId: organisationId, pageSize: 50, ...(query && { query }) } },
            }),
          ),
        ),
      );
      return pages.flatMap((page) => page.organisations);
    },
  });
  const chosen = useRights(value).organisation;
  const options = new Map(
    places
      .filter((place) => place.organisationName.includes(typed.trim()))
      .map((place) => [place.organisationId, place.organisationName]),
  );
  for (const organisation of below.data ?? []) options.set(organisation.organisationId, organisation.name);
  if (chosen && !typed) options.set(chosen.organisationId, chosen.name);
  if (places.length === 1 && !query && below.data?.length === 0)
    return <p className="soft">{places[0]?.organisationName}</p>;
  return (
    <div className="desk-choose" {...composed.props}>
      <Select
        className="desk-choose-field"
        aria-label={t('choose')}
        placeholder={t('chooseOther')}
        showSearch={{ filterOption: false, onSearch: composed.hear }}
        loading={below.isFetching}
        value={value}
        onChange={(next: string) => {
          type('');
          onChange(next);
        }}
        options={[...options].map(([id, name]) => ({ value: id, label: name }))}
      />
    </div>
  );
}

function Tiles({ organisationId }: { organisationId: string }) {
  const { t } = useTranslation('desk');
  const rights = useRights(organisationId);
  const review = rights.may('applications.review');
  const queue = useInfiniteQuery({ ...queueQuery(organisationId, 'IN_FIRST_REVIEW'), enabled: review });
  if (!rights.ready) return rights.error ? <Failure error={rights.error} retry={rights.retry} /> : <Loading />;
  const counts = queue.data?.pages.at(-1);
  const at = (page: string) => `/desk/${organisationId}/${page}`;
  return (
    <>
      {review && queue.error && <Failure error={queue.error} retry={() => void queue.refetch()} />}
      <ul className="desk-tiles">
        {review && (
          <>
            <li>
              <Link to={at('review?step=IN_FIRST_REVIEW')}>
                <b>{counts?.inFirstReview ?? '…'}</b>
                {t('tile.first')}
              </Link>
            </li>
            <li>
              <Link to={at('review?step=IN_FINAL_REVIEW')}>
                <b>{counts?.inFinalReview ?? '…'}</b>
                {t('tile.final')}
              </Link>
            </li>
          </>
        )}
        {deskPages
          .filter(({ page, permission }) => page !== 'review' && rights.may(permission))
          .map(({ page }) => (
            <li key={page}>
              <Link to={at(page)}>
                <strong>{t(`tile.${page}`)}</strong>
                <br />
                <span>{t(`tile.${page}Text`)}</span>
              </Link>
            </li>
          ))}
      </ul>
      {rights.may('activities.manage') && <Next organisationId={organisationId} />}
    </>
  );
}

function Next({ organisationId }: { organisationId: string }) {
  const { t } = useTranslation('desk');
  const moment = useMoment();
  const list = useInfiniteQuery(deskActivitiesQuery(organisationId));
  return (
    <section className="panel-next">
      <h2>{t('tile.next')}</h2>
      <Asked query={list}>
        {({ pages }) => {
          const next = pages
            .flatMap((page) => page.activities)
            .filter((activity) => activity.state !== 'CANCELLED' && Date.parse(activity.endsAt ?? '') > Date.now())
            .reverse()
            .slice(0, 5);
          if (next.length === 0) return <Nothing text={t('tile.noNext')} />;
          return (
            <ul className="desk-next">
              {next.map((activity) => (
                <li key={activity.activityId}>
                  <Link to={`/desk/${organisationId}/activities`}>{activity.title}</Link>
                  <span className="soft">
                    {moment.range(activity.startsAt, activity.endsAt)} · {t(`activities.state.${activity.state}`)} ·{' '}
                    {t('activities.of', { taken: activity.seatsTaken, capacity: activity.capacity })}
                  </span>
                </li>
              ))}
            </ul>
          );
        }}
      </Asked>
    </section>
  );
}
