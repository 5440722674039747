import { useTranslation } from 'react-i18next';
import { NavLink, Outlet, useMatches } from 'react-router';
import { placesOf, type Permissions } from '../api/me';
import { AccessGate } from '../ui/access-gate';
import type { Administration, AreaPage } from '../ui/area-page';
import { useTitle } from '../ui/sheet';
import { NotAllowed } from '../ui/states';
import { administrationPages, deskPages } from './areas';
import './area.css';

/** Around the pages for staff of headquarters and associations. */
export function AdministrationLayout() {
  const { t } = useTranslation('administration');
  const match = useMatches().at(-1);
  const page = match?.handle as AreaPage | undefined;
  useTitle(page ? t(`tab.${page.tab}`) : t('title'));
  return <AccessGate>{(held) => page && <Frame key={match?.id} page={page} held={held} />}</AccessGate>;
}

function Frame({ page, held }: { page: AreaPage; held: Permissions }) {
  const { t } = useTranslation('administration');
  const places = placesOf(held, page.permissions);
  if (places.length === 0) return <NotAllowed />;
  return (
    <>
      <header className="area-head">
        <p className="soft">{t('title')}</p>
        <h1>{t(`tab.${page.tab}`)}</h1>
        <nav className="area-tabs" aria-label={t('title')}>
          {administrationPages
            .filter(({ permissions }) => placesOf(held, permissions).length > 0)
            .map(({ path, tab }) => (
              <NavLink key={path} to={path} end>
                {t(`tab.${tab}`)}
              </NavLink>
            ))}
        </nav>
      </header>
      <Outlet context={{ places, deskPages } satisfies Administration} />
    </>
  );
}
