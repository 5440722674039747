import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'react-router';
import type { Schema } from '../../../../api/client';
import { changesBetween, type Change } from '../changes';
import { lagOf } from '../lag';
import { sourcesOf } from '../meaning';
import { useMetrics } from '../parts';
import { useCockpitFormat } from '../format';

export function Clock() {
  const words = useCockpitFormat();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <p className="wall-clock">
      <b>{words.clock(now)}</b>
      <span>{words.date(now)}</span>
    </p>
  );
}

/** The signed-out screen: no numbers, which might be out of date. It continues by itself. */
export function SignedOut() {
  const { t } = useTranslation('cockpit');
  const location = useLocation();
  return (
    <main className="wall wall-shut">
      <Clock />
      <h1>{t('wallTitle')}</h1>
      <p>{t('shut')}</p>
      <p>
        <Link className="wall-back" to={`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`}>
          {t('signIn')}
        </Link>
      </p>
    </main>
  );
}

/** The screen before the first answer. */
export function Waiting() {
  const { t } = useTranslation('cockpit');
  return (
    <main className="wall wall-shut">
      <h1>{t('wallTitle')}</h1>
      <p role="status" aria-busy="true">
        {t('live.connecting')}
      </p>
    </main>
  );
}

export function Figures({
  figures,
  freshness,
}: {
  figures: readonly Schema<'OverviewFigure'>[];
  freshness: readonly Schema<'Freshness'>[];
}) {
  const { t } = useTranslation('cockpit');
  const words = useCockpitFormat();
  const metrics = useMetrics();
  return (
    <dl className="wall-figures" aria-label={t('figures')}>
      {figures.map((figure) => {
        const about = words.about(figure.value);
        const metric = metrics.get(figure.metric);
        const { behind } = lagOf(freshness, metric ? sourcesOf(metric) : []);
        return (
          <div key={figure.metric} className={behind > 0 ? 'lags' : ''}>
            <dt>{words.title(figure)}</dt>
            <dd>
              <RollingNumber value={Number(figure.value)} />
              <small>{t(`unit.${figure.unit}`, { defaultValue: figure.unit })}</small>
            </dd>
            <dd className="wall-today">
              {about && behind === 0 && <span>{t('about', { value: about })}</span>}{' '}
              {behind > 0
                ? t('lag', { count: behind })
                : Number(figure.today) > 0
                  ? t('today', { value: words.number(figure.today) })
                  : t('none')}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

/** Goes from the old number to the new one within a second, and lights up meanwhile. */
function RollingNumber({ value }: { value: number }) {
  const words = useCockpitFormat();
  const [shown, setShown] = useState(value);
  const from = useRef(value);
  useEffect(() => {
    const start = from.current;
    from.current = value;
    if (start === value) return;
    if (window.matchMedia('(prefers-reduced-motion: reduce)').matches) {
      setShown(value);
      return;
    }
    const begun = performance.now();
    let frame = requestAnimationFrame(function step(now) {
      const part = Math.min(1, Math.max(0, (now - begun) / 900));
      setShown(Math.round(start + (value - start) * (1 - (1 - part) ** 3)));
      if (part < 1) frame = requestAnimationFrame(step);
    });
    return () => {
      cancelAnimationFrame(frame);
      setShown(value);
    };
  }, [value]);
  const text = words.number(shown);
  return <b className={`${shown === value ? '' : 'moves'} ${text.length > 10 ? 'long' : ''}`}>{text}</b>;
}

export function Ranking({ societies }: { societies: readonly Schema<'OverviewSociety'>[] }) {
  const { t } = useTranslation('cockpit');
  const words = useCockpitFormat();
  const most = Math.max(1, ...societies.map((society) => Number(society.memberships)));
  if (societies.length === 0) return <p className="panel-failed">{t('noSocieties')}</p>;
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

export function Ticker({ overview }: { overview: Schema<'Overview'> }) {
  const { t } = useTranslation('cockpit');
  const words = useCockpitFormat();
  const before = useRef<Schema<'Overview'>>(undefined);
  const [changes, setChanges] = useState<Change[]>([]);
  useEffect(() => {
    const last = before.current;
    before.current = overview;
    setChanges((told) => changesBetween(last, overview, told, overview.computedAt ?? new Date().toISOString()));
  }, [overview]);
  return (
    <section className="ticker" aria-label={t('ticker')}>
      <h2>{t('ticker')}</h2>
      {changes.length === 0 ? (
        <p>{t('quiet')}</p>
      ) : (
        <ul>
          {changes.slice(0, 4).map(({ id, at, figure, delta }) => (
            <li key={id}>
              {t('change', {
                at: words.clock(at),
                name: words.title(figure),
                delta: `${delta > 0 ? '+' : '−'}${words.number(Math.abs(delta))}`,
                value: words.number(figure.value),
              })}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
