import { useEffect, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, NavLink, useParams } from 'react-router';
import { useTitle } from '../ui/sheet';
import { Failure, Loading } from '../ui/states';
import { NoPermission, SignInFirst } from '../ui/shut';
import { deskPages, useRights } from '../api/rights';
import './desk.css';

/** What the signed-in person may do at this desk. */
export type Rights = ReturnType<typeof useRights>;

/** The frame of every page of one society's desk: where one is, what else is here, whether one may be here. */
export function Desk({
  page,
  permission,
  title,
  children,
}: {
  page: string;
  permission: string;
  title?: string;
  children: (organisationId: string, rights: Rights) => ReactNode;
}) {
  const { t } = useTranslation('desk');
  const { organisationId = '' } = useParams();
  const rights = useRights(organisationId);
  const heading = title ?? t(`tab.${page}`);
  useTitle(heading);
  const tabs = useRef<HTMLElement>(null);
  // On a phone the tabs are wider than the screen.
  useEffect(() => {
    tabs.current?.querySelector('.active')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [page, rights.ready]);
  if (!rights.ready)
    return rights.error ? <Failure page error={rights.error} retry={rights.retry} /> : <Loading rows={8} />;
  if (!rights.signedIn) return <SignInFirst />;
  if (!rights.may(permission)) return <NoPermission />;
  return (
    <>
      <header className="desk-head">
        <p className="soft">
          <Link to="/desk">{t('title')}</Link> / {rights.organisation?.name}
        </p>
        <h1>{heading}</h1>
        <nav className="desk-tabs" ref={tabs} aria-label={t('title')}>
          {deskPages
            .filter((known) => rights.may(known.permission))
            .map((known) => (
              <NavLink key={known.page} to={`/desk/${organisationId}/${known.page}`}>
                {t(`tab.${known.page}`)}
              </NavLink>
            ))}
        </nav>
      </header>
      {children(organisationId, rights)}
    </>
  );
}
