import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { NavLink } from 'react-router';
import { permissionsQuery, useMe, type Place } from '../api/me';
import { useTitle } from '../ui/sheet';
import { Failure, Loading } from '../ui/states';
import { NoPermission, SignInFirst } from '../ui/shut';
import './desk.css';
import './administration.css';

/** What each page of the room needs; the tree is for whoever may do anything here. */
const pages = [
  { page: 'tree', to: '/staff', permissions: ['organisations.manage', 'grants.manage', 'cockpit.read'] },
  { page: 'grants', to: '/staff/grants', permissions: ['grants.manage'] },
  { page: 'applications', to: '/staff/applications', permissions: ['cockpit.read'] },
] as const;

type Page = (typeof pages)[number]['page'];

/** The frame of the pages for staff of headquarters and associations. `places` is where one may use the page. */
export function Staff({
  page,
  lead,
  children,
}: {
  page: Page;
  lead: string;
  children: (places: readonly Place[]) => ReactNode;
}) {
  const { t } = useTranslation('staff');
  useTitle(t(`tab.${page}`));
  const me = useMe();
  const permissions = useQuery({ ...permissionsQuery, enabled: Boolean(me.data) });
  if (me.data === null) return <SignInFirst />;
  const held = permissions.data;
  if (!held) {
    const error = me.error ?? permissions.error;
    return error ? (
      <Failure page error={error} retry={() => void (me.data ? permissions : me).refetch()} />
    ) : (
      <Loading rows={8} />
    );
  }
  const placesOf = (wanted: readonly string[]) => [
    ...new Map(
      wanted.flatMap((permission) => held.get(permission) ?? []).map((place) => [place.organisationId, place]),
    ).values(),
  ];
  const open = pages.filter(({ permissions: wanted }) => placesOf(wanted).length > 0);
  if (open.length === 0) return <NoPermission />;
  const here = open.find((known) => known.page === page);
  if (!here) return <NoPermission />;
  return (
    <>
      <header className="desk-head">
        <p className="soft">{t('title')}</p>
        <h1>{t(`tab.${page}`)}</h1>
        <nav className="desk-tabs" aria-label={t('title')}>
          {open.map((known) => (
            <NavLink key={known.page} to={known.to} end>
              {t(`tab.${known.page}`)}
            </NavLink>
          ))}
        </nav>
      </header>
      <p className="soft">{lead}</p>
      {children(placesOf(here.permissions))}
    </>
  );
}
