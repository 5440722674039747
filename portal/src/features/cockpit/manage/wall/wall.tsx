import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Demonstration } from '../../../../ui/demonstration';
import { useTitle } from '../../../../ui/sheet';
import { Failure } from '../../../../ui/states';
import { CockpitGate } from '../access';
import { useOverview } from '../live';
import { Fresh } from '../meaning';
import { Panel, ErrorBoundary } from '../panel';
import { FreshnessLine, Funnel, Live, withMembers } from '../parts';
import { WallMap } from './wall-map';
import { Clock, Figures, Ranking, SignedOut, Ticker, Waiting } from './wall-parts';
import { WallTrend } from './wall-trend';
import '../cockpit.css';
import './wall.css';

/** The big screen: dark, 16:9, sized by its own width, so that it fits a laptop and a wall of twelve metres alike. */
export function CockpitWall() {
  const { t } = useTranslation('cockpit');
  useTitle(t('wall'));
  return (
    <div className="wall-frame">
      <CockpitGate signedOut={<SignedOut />} waiting={<Waiting />}>
        <Wall />
      </CockpitGate>
    </div>
  );
}

function Wall() {
  const { t } = useTranslation('cockpit');
  const { query, liveness } = useOverview();
  const frame = useRef<HTMLElement>(null);
  const overview = query.data;
  useWakeLock();
  const failed = <p className="panel-failed">{t('panelFailed')}</p>;
  return (
    <main className={`wall wall-${liveness}`} ref={frame}>
      <header className="wall-head">
        <Live liveness={liveness} at={overview?.computedAt} />
        <div className="wall-title">
          <h1>{t('wallTitle')}</h1>
          <Demonstration />
        </div>
        <ErrorBoundary fallback={null}>
          <Clock />
        </ErrorBoundary>
      </header>
      {!overview &&
        (query.error ? (
          <Failure error={query.error} retry={() => void query.refetch()} />
        ) : (
          <p className="wall-waiting" role="status" aria-busy="true">
            {t('live.connecting')}
          </p>
        ))}
      {overview && (
        <>
          <ErrorBoundary fallback={failed}>
            <Figures figures={overview.figures} freshness={overview.freshness} />
          </ErrorBoundary>
          <div className="wall-grid">
            <div className="wall-column">
              <Panel
                title={t('funnel')}
                aside={<Fresh sources={['membership']} freshness={overview.freshness} short />}
              >
                <Funnel steps={overview.funnel} />
              </Panel>
              <WallTrend />
            </div>
            <WallMap overview={overview} />
            <Panel
              title={t('societies')}
              aside={<Fresh sources={['membership']} freshness={overview.freshness} short />}
            >
              <Ranking societies={withMembers(overview.societies)} />
            </Panel>
          </div>
          <footer className="wall-foot">
            <ErrorBoundary fallback={failed}>
              <Ticker overview={overview} />
            </ErrorBoundary>
            <ErrorBoundary fallback={failed}>
              <FreshnessLine freshness={overview.freshness} />
            </ErrorBoundary>
          </footer>
        </>
      )}
      <nav className="wall-links" aria-label={t('wall')}>
        <Link to="/cockpit">{t('leave')}</Link>
        <button
          type="button"
          onClick={() => void frame.current?.parentElement?.requestFullscreen().catch(() => undefined)}
        >
          {t('full')}
        </button>
      </nav>
    </main>
  );
}

/** The screen does not fall asleep while the wall is seen, where the browser can promise that. */
function useWakeLock() {
  useEffect(() => {
    let lock: WakeLockSentinel | undefined;
    let left = false;
    const hold = async () => {
      if (document.visibilityState !== 'visible' || !('wakeLock' in navigator)) return;
      const held = await navigator.wakeLock.request('screen').catch(() => undefined);
      if (left) void held?.release();
      else lock = held;
    };
    const holdAgain = () => void hold();
    holdAgain();
    document.addEventListener('visibilitychange', holdAgain);
    return () => {
      left = true;
      document.removeEventListener('visibilitychange', holdAgain);
      void lock?.release().catch(() => undefined);
    };
  }, []);
}
