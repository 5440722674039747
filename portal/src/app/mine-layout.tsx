import {
  AppstoreOutlined,
  BellOutlined,
  CalendarOutlined,
  ClockCircleOutlined,
  EyeOutlined,
  FileTextOutlined,
  IdcardOutlined,
  LockOutlined,
  TeamOutlined,
  UserOutlined,
} from '@ant-design/icons';
import { Suspense, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { NavLink, Outlet, useLocation } from 'react-router';
import { useMe } from '../api/me';
import { prepareOffline } from './offline';
import { SignedIn } from '../ui/signed-in';
import { Loading } from '../ui/states';
import '../ui/content.css';
import './mine.css';

const ways = [
  ['/me', 'home', <AppstoreOutlined key="i" />],
  ['/me/inbox', 'inbox', <BellOutlined key="i" />],
  ['/me/applications', 'applications', <FileTextOutlined key="i" />],
  ['/me/memberships', 'memberships', <IdcardOutlined key="i" />],
  ['/me/activities', 'activities', <CalendarOutlined key="i" />],
  ['/me/hours', 'hours', <ClockCircleOutlined key="i" />],
  ['/me/person', 'person', <UserOutlined key="i" />],
  ['/me/consents', 'consents', <EyeOutlined key="i" />],
  ['/me/wards', 'wards', <TeamOutlined key="i" />],
  ['/me/security', 'security', <LockOutlined key="i" />],
] as const;

/** Around the pages of the signed-in person. Visitors are asked to sign in, and return afterwards. */
export function MineLayout() {
  const { t } = useTranslation('mine');
  const { pathname } = useLocation();
  const signedIn = Boolean(useMe().data);
  const bar = useRef<HTMLElement>(null);
  useEffect(() => {
    if (signedIn) void prepareOffline();
  }, [signedIn]);
  // On a phone the navigation is wider than the screen: the current entry is scrolled into view.
  useEffect(() => {
    const here = bar.current?.querySelector<HTMLElement>('.active');
    if (bar.current && here)
      bar.current.scrollLeft = here.offsetLeft - (bar.current.clientWidth - here.clientWidth) / 2;
  }, [pathname, signedIn]);
  return (
    <SignedIn>
      <div className="mine">
        <nav ref={bar} className="mine-nav" aria-label={t('ways')}>
          {ways.map(([to, name, icon]) => (
            <NavLink key={to} to={to} end={to === '/me'} data-way={name}>
              <span aria-hidden>{icon}</span>
              {t(`way.${name}`)}
            </NavLink>
          ))}
        </nav>
        <div className="mine-content">
          <Suspense fallback={<Loading />}>
            <Outlet />
          </Suspense>
        </div>
      </div>
    </SignedIn>
  );
}
