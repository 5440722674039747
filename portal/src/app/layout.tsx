import {
  GlobalOutlined,
  MenuOutlined,
  MoonOutlined,
  ReloadOutlined,
  SunOutlined,
  UserOutlined,
} from '@ant-design/icons';
import { Button } from 'antd';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Outlet, ScrollRestoration, useLocation, useNavigate, useNavigation, type Location } from 'react-router';
import { useMe } from '../api/me';
import { useAppearance } from '../ui/appearance';
import { Demonstration } from '../ui/demonstration';
import { useHeadingFocus } from './heading-focus';
import { Connection } from './offline-bar';
import { switchLanguage } from '../ui/i18n';
import { hasOfflineItems, clearOfflineItems } from '../api/offline-store';
import { prepareOffline } from './offline';
import { useNotices } from '../ui/notices';
import { SecurityCheckNote } from './security-check-note';
import { SessionWatch } from './session-watch';
import { Loading } from '../ui/states';
import { NavLinks } from './nav-links';
import './layout.css';

const Menu = lazy(async () => ({ default: (await import('./mobile-menu')).Menu }));
const InboxBell = lazy(async () => ({ default: (await import('../features/inbox')).InboxBell }));
const AccountMenu = lazy(async () => ({ default: (await import('./account-menu')).AccountMenu }));

/** Around every page: header with navigation and account, content, footer. */
export function Layout() {
  const { t } = useTranslation();
  const location = useLocation();
  // The menu stays open until the location changes, also to the same address.
  const [menu, setMenu] = useState<{ at: Location | null } | null>(null);
  useHeadingFocus(location);
  return (
    <div className="frame">
      <a className="skip" href="#main">
        {t('skip')}
      </a>
      <header className="bar">
        <Demonstration />
        <div className="bar-inner">
          <Link to="/" className="brand">
            <img src="/icon.svg" alt="" width="34" height="34" />
            <span>{t('brand')}</span>
          </Link>
          <nav className="nav-links" aria-label={t('nav.main')}>
            <NavLinks />
          </nav>
          <div className="tools">
            <Tools />
            <AccountArea />
            <Button
              className="burger"
              type="text"
              icon={<MenuOutlined />}
              aria-label={t('nav.menu')}
              aria-haspopup="dialog"
              onClick={() => setMenu({ at: location })}
            />
          </div>
        </div>
        <NavigationProgress />
        <Connection />
      </header>
      {menu && (
        <Suspense fallback={null}>
          <Menu open={menu.at === location} onClose={() => setMenu({ at: null })} />
        </Suspense>
      )}
      {/* The address bar is ahead of the page while React prepares the next one; `data-path` is the page that is shown. */}
      <main id="main" tabIndex={-1} data-path={location.pathname}>
        <Suspense fallback={<Loading rows={12} />}>
          <Outlet />
        </Suspense>
      </main>
      <footer className="foot">
        <span>
          {t('brand')} · {t('brandLine')}
        </span>
        <nav aria-label={t('footer')}>
          <a href="/api">{t('nav.api')}</a>
          <Link to="/accessibility">{t('nav.accessibility')}</Link>
        </nav>
      </footer>
      <SessionWatch />
      <SecurityCheckNote />
      <ScrollRestoration />
    </div>
  );
}

/** The next page is on its way. It shows only when that takes a moment. */
function NavigationProgress() {
  const { t } = useTranslation();
  const going = useNavigation().state !== 'idle';
  return (
    <div role="status">
      {going && (
        <span className="navigation-progress">
          <span className="visually-hidden">{t('state.loading')}</span>
        </span>
      )}
    </div>
  );
}

function Tools() {
  const { t, i18n } = useTranslation();
  const { mode, toggle } = useAppearance();
  const { message } = useNotices();
  const other = i18n.language === 'en' ? 'zh' : 'en';
  const change = async () => {
    if (!(await switchLanguage(other))) message.error(t('state.offline'));
  };
  return (
    <>
      <Button
        type="text"
        icon={<GlobalOutlined />}
        onClick={() => void change()}
        lang={other === 'zh' ? 'zh-CN' : 'en'}
        aria-label={t('nav.language')}
      >
        <span className="tool-word">{t('nav.language')}</span>
      </Button>
      <Button
        className="tool-theme"
        type="text"
        aria-label={t('nav.theme')}
        title={t('nav.theme')}
        icon={mode === 'dark' ? <SunOutlined /> : <MoonOutlined />}
        onClick={toggle}
      />
    </>
  );
}

function AccountArea() {
  const { t } = useTranslation();
  const me = useMe();
  const navigate = useNavigate();
  const location = useLocation();
  const signedOut = me.data === null;
  useEffect(() => {
    if (signedOut) clearOfflineItems();
    // A new release has thrown away the files of the old one: what is kept needs the new ones.
    else if (hasOfflineItems()) void prepareOffline();
  }, [signedOut]);
  // Without a network no sign-in is possible.
  if (me.data === undefined && (!me.error || !navigator.onLine)) return <span className="account-gap" />;
  // The account could not be loaded; signing in is offered all the same.
  if (!me.data) {
    const next = location.pathname === '/' ? '' : `?next=${encodeURIComponent(location.pathname + location.search)}`;
    // On these pages the button would lead back to them.
    if (/^\/(sign-in|sign-up|recover)$/.test(location.pathname)) return null;
    return (
      <>
        {me.error && (
          <Button
            type="text"
            icon={<ReloadOutlined />}
            loading={me.isFetching}
            aria-label={t('state.retry')}
            title={t('nav.whoFailed')}
            onClick={() => void me.refetch()}
          />
        )}
        <Button type="primary" onClick={() => void navigate(`/sign-in${next}`)}>
          {t('nav.signIn')}
        </Button>
      </>
    );
  }
  return (
    <>
      <Suspense fallback={<span className="account-gap" />}>
        <InboxBell />
      </Suspense>
      <Suspense
        fallback={
          <Button type="text" icon={<UserOutlined />}>
            <span className="account-name">{me.data.displayName}</span>
          </Button>
        }
      >
        <AccountMenu name={me.data.displayName} />
      </Suspense>
    </>
  );
}
