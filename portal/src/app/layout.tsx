import { GlobalOutlined, MenuOutlined, MoonOutlined, SunOutlined, UserOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { Button, Drawer, Dropdown, Tooltip } from 'antd';
import { Suspense, useEffect, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, NavLink, Outlet, ScrollRestoration, useLocation, useNavigate } from 'react-router';
import { api } from '../api/client';
import { meQuery, useMe, usePlaces } from '../api/me';
import { forgetCards } from '../rooms/memberships/kept';
import { useAppearance } from './appearance';
import { Loading } from './states';
import './layout.css';

/** The frame of every page: where one is, where one can go, who one is. */
export function Layout() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const location = useLocation();
  useEffect(() => setOpen(false), [location]);
  return (
    <div className="frame">
      <a className="skip" href="#main">
        {t('skip')}
      </a>
      <header className="bar">
        <div className="bar-inner">
          <Link to="/" className="brand">
            <img src="/icon.svg" alt="" width="34" height="34" />
            <span>{t('brand')}</span>
          </Link>
          <nav className="ways" aria-label={t('nav.menu')}>
            <Ways />
          </nav>
          <div className="tools">
            <Tools />
            <Who />
            <Button className="burger" type="text" icon={<MenuOutlined />} aria-label={t('nav.menu')} onClick={() => setOpen(true)} />
          </div>
        </div>
      </header>
      <Drawer open={open} onClose={() => setOpen(false)} title={t('nav.menu')} placement="right" size={300}>
        <nav className="drawer-ways" aria-label={t('nav.menu')}>
          <Ways />
        </nav>
      </Drawer>
      <main id="main" tabIndex={-1}>
        <Suspense fallback={<Loading />}>
          <Outlet />
        </Suspense>
      </main>
      <footer className="foot">
        <span>{t('brand')} · {t('brandLine')}</span>
        <nav aria-label={t('footer')}>
          <a href="/api">{t('nav.api')}</a>
          <Link to="/accessibility">{t('nav.accessibility')}</Link>
        </nav>
      </footer>
      <ScrollRestoration />
    </div>
  );
}

function Way({ to, children, end }: { to: string; children: ReactNode; end?: boolean }) {
  return (
    <NavLink to={to} end={end ?? false}>
      {children}
    </NavLink>
  );
}

/** What this person can go to: nobody is shown a door that stays shut. */
function Ways() {
  const { t } = useTranslation();
  const me = useMe();
  const desk = usePlaces('applications.review').length + usePlaces('members.read').length + usePlaces('activities.manage').length;
  const staff = usePlaces('grants.manage').length;
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

function Tools() {
  const { t, i18n } = useTranslation();
  const { mode, toggle } = useAppearance();
  const other = i18n.language === 'en' ? 'zh' : 'en';
  return (
    <>
      <Button type="text" icon={<GlobalOutlined />} onClick={() => void i18n.changeLanguage(other)} lang={other}>
        <span className="tool-word">{t('nav.language')}</span>
      </Button>
      <Tooltip title={t('nav.theme')}>
        <Button type="text" aria-label={t('nav.theme')} icon={mode === 'dark' ? <SunOutlined /> : <MoonOutlined />} onClick={toggle} />
      </Tooltip>
    </>
  );
}

function Who() {
  const { t } = useTranslation();
  const me = useMe();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const location = useLocation();
  if (me.data === undefined) return <span className="who-gap" />;
  if (me.data === null) {
    const next = location.pathname === '/' ? '' : `?next=${encodeURIComponent(location.pathname + location.search)}`;
    return (
      <Button type="primary" onClick={() => void navigate(`/sign-in${next}`)}>
        {t('nav.signIn')}
      </Button>
    );
  }
  const signOut = async () => {
    await api.DELETE('/v1/sessions/{sessionId}', { params: { path: { sessionId: 'current' } } }).catch(() => undefined);
    queries.clear();
    forgetCards();
    sessionStorage.clear();
    queries.setQueryData(meQuery.queryKey, null);
    void navigate('/');
  };
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items: [
          { key: 'me', label: <Link to="/me">{t('nav.me')}</Link> },
          { key: 'security', label: <Link to="/me/security">{t('nav.security')}</Link> },
          { type: 'divider' },
          { key: 'out', label: t('nav.signOut'), onClick: () => void signOut() },
        ],
      }}
    >
      <Button type="text" icon={<UserOutlined />}>
        <span className="who-name">{me.data.displayName}</span>
      </Button>
    </Dropdown>
  );
}
