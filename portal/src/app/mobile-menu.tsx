import { MoonOutlined, SunOutlined } from '@ant-design/icons';
import { Button, Drawer } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAppearance } from '../ui/appearance';
import { NavLinks } from './nav-links';

/** The navigation on a phone, loaded when it is opened first. */
export function Menu({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const { mode, toggle } = useAppearance();
  // Mounted closed, so that the first opening is animated like every other.
  const [mounted, setMounted] = useState(false);
  useEffect(() => {
    const frame = requestAnimationFrame(() => setMounted(true));
    return () => cancelAnimationFrame(frame);
  }, []);
  return (
    <Drawer open={open && mounted} onClose={onClose} title={t('nav.menu')} placement="right" size={300}>
      <nav className="drawer-links" aria-label={t('nav.main')}>
        <NavLinks />
      </nav>
      <p className="drawer-tools">
        <Button block icon={mode === 'dark' ? <SunOutlined /> : <MoonOutlined />} onClick={toggle}>
          {t('nav.theme')}
        </Button>
      </p>
    </Drawer>
  );
}
