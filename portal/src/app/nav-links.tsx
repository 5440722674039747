import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { NavLink } from 'react-router';
import { useMe, usePlaces } from '../api/me';

function Way({ to, children }: { to: string; children: ReactNode }) {
  return <NavLink to={to}>{children}</NavLink>;
}

/** What this person can go to: nobody is shown a door that stays shut. */
export function Ways() {
  const { t } = useTranslation();
  const me = useMe();
  const desk =
    usePlaces('applications.review').length + usePlaces('members.read').length + usePlaces('activities.manage').length;
  const staff =
    usePlaces('grants.manage').length + usePlaces('organisations.manage').length + usePlaces('cockpit.read').length;
  const cockpit = usePlaces('cockpit.read').length;
  return (
    <>
      <Way to="/organisations">{t('nav.organisations')}</Way>
      <Way to="/activities">{t('nav.activities')}</Way>
      {me.data && <Way to="/me">{t('nav.me')}</Way>}
      {desk > 0 && <Way to="/desk">{t('nav.desk')}</Way>}
      {staff > 0 && <Way to="/staff">{t('nav.staff')}</Way>}
      {cockpit > 0 && <Way to="/cockpit">{t('nav.cockpit')}</Way>}
    </>
  );
}
