import { Button } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { install, canInstall, onInstallChange } from './install-prompt';

/** How to put the portal on the phone's home screen, where the browser can do that and it is not there yet. */
export function InstallHint() {
  const { t } = useTranslation();
  const [ready, setReady] = useState(canInstall);
  useEffect(() => {
    const stop = onInstallChange(() => setReady(canInstall()));
    return stop;
  }, []);
  if (window.matchMedia('(display-mode: standalone)').matches) return null;
  // Safari on a phone has no button for it, only a way.
  const phoneSafari = 'standalone' in navigator && navigator.maxTouchPoints > 0;
  if (!ready && !phoneSafari) return null;
  return (
    <aside className="install" aria-label={t('install.title')}>
      <div>
        <strong>{t('install.title')}</strong>
        <p className="soft">{t(ready ? 'install.text' : 'install.safari')}</p>
      </div>
      {ready && <Button onClick={() => void install()}>{t('install.do')}</Button>}
    </aside>
  );
}
