import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, NavLink, Outlet, useMatches } from 'react-router';
import { useDesk } from '../api/rights';
import { SignInFirst } from '../ui/access-gate';
import type { AreaPage } from '../ui/area-page';
import { useTitle } from '../ui/sheet';
import { Failure, Loading, NotAllowed } from '../ui/states';
import { deskPages } from './areas';
import './area.css';

/** Around every desk page of one organisation: its name, the tabs the person may open, and the gate of the open page. */
export function DeskLayout() {
  const { t } = useTranslation('desk');
  const { organisationId, ...rights } = useDesk();
  const match = useMatches().at(-1);
  const page = match?.handle as AreaPage | undefined;
  const heading = page ? t(page.title ?? `tab.${page.tab}`) : t('title');
  useTitle(heading);
  const tabs = useRef<HTMLElement>(null);
  // On a phone the tabs are wider than the screen.
  useEffect(() => {
    tabs.current?.querySelector('.active')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [page, rights.ready]);
  if (!rights.ready)
    return rights.error ? <Failure page error={rights.error} retry={rights.retry} /> : <Loading rows={8} />;
  if (!rights.signedIn) return <SignInFirst />;
  if (!page?.permissions.some(rights.may)) return <NotAllowed />;
  return (
    <>
      {/* Made anew for each page, so that the focus goes from the tab to the heading. */}
      <header className="area-head" key={match?.id}>
        <p className="soft">
          <Link to="/desk">{t('title')}</Link> / {rights.organisation?.name}
        </p>
        <h1>{heading}</h1>
        <nav className="area-tabs" ref={tabs} aria-label={t('title')}>
          {deskPages
            .filter(({ permissions }) => permissions.some(rights.may))
            .map(({ path, tab }) => (
              <NavLink key={path} to={`/desk/${organisationId}/${path}`}>
                {t(`tab.${tab}`)}
              </NavLink>
            ))}
        </nav>
      </header>
      <Outlet />
    </>
  );
}
