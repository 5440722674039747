import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from 'antd';
import { isRouteErrorResponse, useRouteError } from 'react-router';
import { NotFound } from '../ui/states';
import '../ui/states.css';

const KEY = 'reloaded-at';

/** A file of the portal could not be loaded: mostly because there is a new release and the old files are gone. */
export const outdated = (error: unknown): boolean =>
  error instanceof Error &&
  /dynamically imported module|importing a module script|preload CSS|module script failed/i.test(error.message);

/** Loading again helps at most once; when it fails again within a minute, the person decides. */
function reloadOnce(): boolean {
  const last = Number(sessionStorage.getItem(KEY) ?? 0);
  if (Date.now() - last < 60_000 || !navigator.onLine) return false;
  sessionStorage.setItem(KEY, String(Date.now()));
  window.location.reload();
  return true;
}

/** A page that broke: it says so, keeps what was typed on the device, and offers the way on. */
export function RouteError() {
  const { t } = useTranslation();
  const error = useRouteError();
  const missing = outdated(error);
  // Without a network a page that was never opened here cannot be loaded: nothing is broken, it comes when the network does.
  const offline = missing && !navigator.onLine;
  useEffect(() => {
    if (!missing) {
      console.error(error);
      return;
    }
    reloadOnce();
    const back = () => window.location.reload();
    window.addEventListener('online', back);
    return () => window.removeEventListener('online', back);
  }, [missing, error]);
  if (isRouteErrorResponse(error) && error.status === 404) return <NotFound />;
  const kind = offline ? 'offline' : missing ? 'old' : 'page';
  return (
    <section className="message-page" role="alert">
      <h1>{t(`broken.${kind}.title`)}</h1>
      <p className="soft">{t(`broken.${kind}.text`)}</p>
      <div className="message-links">
        <Button type="primary" onClick={() => window.location.reload()}>
          {t('state.retry')}
        </Button>
        <a href="/">{t('state.backHome')}</a>
      </div>
    </section>
  );
}
