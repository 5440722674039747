import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useSearchParams } from 'react-router';
import type { Schema } from '../../../../api/client';
import { QueryBoundary } from '../../../../ui/states';
import { ranked, useCityName } from '../cities';
import { Fresh } from '../meaning';
import { Panel } from '../panel';
import { provinceQuery } from '../queries';
import { measuresOf, TileMap, type Measure } from '../tile-map';
import { tileOf } from '../tiles';
import { useCockpitFormat } from '../format';

/** Each measure is shown for so long. */
const turn = 20_000;
/** An opened province closes by itself after a while: the screen has no regular operator. */
const opened = 90_000;
/** So many cities fit. */
const rows = 14;

/** The provinces in the middle of the wall, one measure after the other; one of them opens at a touch. */
export function WallMap({ overview }: { overview: Schema<'Overview'> }) {
  const { t } = useTranslation('cockpit');
  const [search, setSearch] = useSearchParams();
  const measures = measuresOf(overview);
  const [at, setAt] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setAt((now) => now + 1), turn);
    return () => clearInterval(timer);
  }, []);
  const measure = measures[at % measures.length] ?? 'memberships';
  const provinceCode = search.get('province') ?? '';
  if (tileOf(provinceCode))
    return (
      <Province
        key={provinceCode}
        provinceCode={provinceCode}
        measure={measure}
        onLeave={() => setSearch({}, { replace: true })}
      />
    );
  return (
    <Panel
      title={`${t('map')} · ${t(`per.${measure}`)}`}
      className="wall-map"
      aside={
        <Fresh
          sources={[measure === 'people' ? 'identity' : measure === 'memberships' ? 'membership' : 'events']}
          freshness={overview.freshness}
          short
        />
      }
    >
      <TileMap provinces={overview.provinces} measure={measure} to={(code) => `/cockpit/wall?province=${code}`} />
    </Panel>
  );
}

function Province({ provinceCode, measure, onLeave }: { provinceCode: string; measure: Measure; onLeave: () => void }) {
  const { t } = useTranslation('cockpit');
  const words = useCockpitFormat();
  const navigate = useNavigate();
  const query = useQuery(provinceQuery(provinceCode));
  const nameOf = useCityName(provinceCode);
  const tile = tileOf(provinceCode);
  const back = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    back.current?.focus();
  }, []);
  useEffect(() => {
    const timer = setTimeout(() => void navigate('/cockpit/wall', { replace: true }), opened);
    return () => clearTimeout(timer);
  }, [navigate]);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key === 'Escape') void navigate('/cockpit/wall', { replace: true });
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [navigate]);
  return (
    <Panel
      title={`${words.english ? tile?.en : tile?.zh} · ${t(`per.${measure}`)}`}
      className="wall-map"
      aside={
        <button type="button" className="wall-back" ref={back} onClick={onLeave}>
          {t('backToMap')}
        </button>
      }
    >
      <QueryBoundary query={query}>
        {({ cities }) => {
          if (cities.length === 0) return <p className="panel-failed">{t('noCities')}</p>;
          const shown = ranked(cities, measure, provinceCode);
          const most = Math.max(1, ...shown.map((city) => Number(city[measure])));
          return (
            <>
              <ol className="wall-ranking wall-cities">
                {shown.slice(0, rows).map((city) => (
                  <li key={city.divisionCode}>
                    <span>{nameOf(city)}</span>
                    <b>{words.number(city[measure])}</b>
                    <i aria-hidden style={{ width: `${(Number(city[measure]) / most) * 100}%` }} />
                  </li>
                ))}
              </ol>
              {shown.length > rows && <p className="tile-unknown">{t('moreCities', { count: shown.length - rows })}</p>}
            </>
          );
        }}
      </QueryBoundary>
    </Panel>
  );
}
