import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Schema } from '../../api/client';
import { useTitle } from '../../app/sheet';
import { Failure, Loading } from '../../app/states';
import { changesBetween, type Change } from './changes';
import { Door } from './door';
import { useOverview } from './live';
import { Panel, Shield } from './panel';
import { FreshnessLine, Funnel, Live } from './parts';
import { measures, TileMap } from './tile-map';
import { useWords } from './words';
import './cockpit.css';
import './wall.css';

/** The big screen: dark, 16:9, sized by its own width, so that it fits a laptop and a wall of twelve metres alike. */
export function CockpitWall() {
  const { t } = useTranslation('cockpit');
  useTitle(t('wall'));
  return (
    <div className="wall-room">
      <Door>
        <Wall />
      </Door>
    </div>
  );
}

function Wall() {
  const { t } = useTranslation('cockpit');
  const { query, liveness } = useOverview();
  const frame = useRef<HTMLElement>(null);
  const overview = query.data;
  useAwake();
  return (
    <main className="wall" ref={frame}>
      <header className="wall-head">
        <Live liveness={liveness} at={overview?.computedAt} />
        <h1>{t('wallTitle')}</h1>
        <Shield fallback={null}>
          <Clock />
        </Shield>
      </header>
      {!overview && (query.error ? <Failure error={query.error} retry={() => void query.refetch()} /> : <Loading rows={12} />)}
      {overview && (
        <>
          <Shield fallback={<p className="panel-failed">{t('panelFailed')}</p>}>
            <Moving figures={overview.figures} />
          </Shield>
          <div className="wall-grid">
            <Panel title={t('funnel')}>
              <Funnel steps={overview.funnel} />
            </Panel>
            <MapInTurn provinces={overview.provinces} />
            <Panel title={t('societies')}>
              <Ranking societies={overview.societies} />
            </Panel>
          </div>
          <footer className="wall-foot">
            <Shield fallback={<p className="panel-failed">{t('panelFailed')}</p>}>
              <Ticker overview={overview} />
            </Shield>
            <Shield fallback={<p className="panel-failed">{t('panelFailed')}</p>}>
              <FreshnessLine freshness={overview.freshness} />
            </Shield>
          </footer>
        </>
      )}
      <nav className="wall-ways">
        <Link to="/cockpit">{t('leave')}</Link>
        <button type="button" onClick={() => void frame.current?.parentElement?.requestFullscreen?.().catch(() => undefined)}>
          {t('full')}
        </button>
      </nav>
    </main>
  );
}

function Clock() {
  const words = useWords();
  const [now, set] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => set(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <p className="wall-clock">
      <b>{words.clock(now)}</b>
      <span>{words.date(now)}</span>
    </p>
  );
}

function Moving({ figures }: { figures: readonly Schema<'OverviewFigure'>[] }) {
  const { t } = useTranslation('cockpit');
  const words = useWords();
  return (
    <dl className="wall-figures" aria-label={t('figures')}>
      {figures.map((figure) => (
        <div key={figure.metric}>
          <dt>{words.title(figure)}</dt>
          <dd>
            <Rolling value={Number(figure.value)} />
            <small>{t(`unit.${figure.unit}`, { defaultValue: figure.unit })}</small>
          </dd>
          <dd className="wall-today">{Number(figure.today) > 0 ? t('today', { value: words.number(figure.today) }) : t('none')}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Goes from the old number to the new one within a second, and lights up meanwhile. */
function Rolling({ value }: { value: number }) {
  const words = useWords();
  const [shown, show] = useState(value);
  const from = useRef(value);
  useEffect(() => {
    const start = from.current;
    from.current = value;
    if (start === value) return;
    if (window.matchMedia('(prefers-reduced-motion: reduce)').matches) {
      show(value);
      return;
    }
    const begun = performance.now();
    let frame = requestAnimationFrame(function step(now) {
      const part = Math.min(1, Math.max(0, (now - begun) / 900));
      show(Math.round(start + (value - start) * (1 - (1 - part) ** 3)));
      if (part < 1) frame = requestAnimationFrame(step);
    });
    return () => {
      cancelAnimationFrame(frame);
      show(value);
    };
  }, [value]);
  return <b className={shown === value ? '' : 'moves'}>{words.number(shown)}</b>;
}

/** One figure after the other, twenty seconds each. */
function MapInTurn({ provinces }: { provinces: readonly Schema<'OverviewProvince'>[] }) {
  const { t } = useTranslation('cockpit');
  const [turn, next] = useState(1);
  useEffect(() => {
    const timer = setInterval(() => next((now) => (now + 1) % measures.length), 20_000);
    return () => clearInterval(timer);
  }, []);
  const measure = measures[turn] ?? 'memberships';
  return (
    <Panel title={`${t('map')} · ${t(`per.${measure}`)}`} className="wall-map">
      <TileMap provinces={provinces} measure={measure} />
    </Panel>
  );
}

function Ranking({ societies }: { societies: readonly Schema<'OverviewSociety'>[] }) {
  const words = useWords();
  const most = Math.max(1, ...societies.map((society) => Number(society.memberships)));
  return (
    <ol className="wall-ranking">
      {societies.slice(0, 10).map((society) => (
        <li key={society.organisationId}>
          <span>{society.name}</span>
          <b>{words.number(society.memberships)}</b>
          <i aria-hidden style={{ width: `${(Number(society.memberships) / most) * 100}%` }} />
        </li>
      ))}
    </ol>
  );
}

function Ticker({ overview }: { overview: Schema<'Overview'> }) {
  const { t } = useTranslation('cockpit');
  const words = useWords();
  const before = useRef<Schema<'Overview'>>(undefined);
  const [changes, tell] = useState<Change[]>([]);
  useEffect(() => {
    const last = before.current;
    before.current = overview;
    tell((told) => changesBetween(last, overview, told, overview.computedAt ?? new Date().toISOString()));
  }, [overview]);
  return (
    <section className="ticker" aria-label={t('ticker')}>
      <h2>{t('ticker')}</h2>
      {changes.length === 0 ? (
        <p>{t('quiet')}</p>
      ) : (
        <ul>
          {changes.slice(0, 4).map(({ id, at, figure, delta }) => (
            <li key={id}>{t('change', { at: words.clock(at), name: words.title(figure), delta: `${delta > 0 ? '+' : '−'}${words.number(Math.abs(delta))}`, value: words.number(figure.value) })}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** The screen does not fall asleep while the wall is seen, where the browser can promise that. */
function useAwake() {
  useEffect(() => {
    let lock: WakeLockSentinel | undefined;
    let left = false;
    const hold = async () => {
      if (document.visibilityState !== 'visible' || !('wakeLock' in navigator)) return;
      const held = await navigator.wakeLock.request('screen').catch(() => undefined);
      if (left) void held?.release();
      else lock = held;
    };
    void hold();
    document.addEventListener('visibilitychange', hold);
    return () => {
      left = true;
      document.removeEventListener('visibilitychange', hold);
      void lock?.release().catch(() => undefined);
    };
  }, []);
}
