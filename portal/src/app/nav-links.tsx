import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { NavLink } from 'react-router';
import { useMe, usePlaces } from '../api/me';

function Item({ to, children }: { to: string; children: ReactNode }) {
  return <NavLink to={to}>{children}</NavLink>;
}

/** Links of the main navigation; areas of staff only for those who hold a permission in them. */
export function NavLinks() {
  const { t } = useTranslation();
  const me = useMe();
  const desk =
    usePlaces('applications.review').length + usePlaces('members.read').length + usePlaces('activities.manage').length;
  const staff =
    usePlaces('grants.manage').length + usePlaces('organisations.manage').length + usePlaces('cockpit.read').length;
  const cockpit = usePlaces('cockpit.read').length;
  return (
    <>
      <Item to="/organisations">{t('nav.organisations')}</Item>
      <Item to="/activities">{t('nav.activities')}</Item>
      {me.data && <Item to="/me">{t('nav.me')}</Item>}
      {desk > 0 && <Item to="/desk">{t('nav.desk')}</Item>}
      {staff > 0 && <Item to="/staff">{t('nav.staff')}</Item>}
      {cockpit > 0 && <Item to="/cockpit">{t('nav.cockpit')}</Item>}
    </>
  );
}
