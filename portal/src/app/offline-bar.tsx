import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useMe } from '../api/me';

function listen(change: () => void): () => void {
  window.addEventListener('online', change);
  window.addEventListener('offline', change);
  return () => {
    window.removeEventListener('online', change);
    window.removeEventListener('offline', change);
  };
}

/** Says that there is no network, and what still works. */
export function Connection() {
  const { t } = useTranslation();
  const online = useSyncExternalStore(listen, () => navigator.onLine);
  const visitor = useMe().data === null;
  return (
    <div role="status">
      {!online && (
        <p className="offline-bar">
          {t('offline.title')} {visitor ? t('offline.visitor') : t('offline.text')}
          {!visitor && (
            <>
              <Link to="/me/memberships">{t('offline.cards')}</Link>
              <Link to="/me/activities">{t('offline.tickets')}</Link>
            </>
          )}
        </p>
      )}
    </div>
  );
}
