import { useQuery } from '@tanstack/react-query';
import { Segmented } from 'antd';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams, useSearchParams } from 'react-router';
import type { Schema } from '../../../api/client';
import { useTitle } from '../../../ui/sheet';
import { QueryBoundary, NotFound } from '../../../ui/states';
import { Cities } from './cities';
import { CockpitGate } from './access';
import { Panel } from './panel';
import { provinceQuery } from './queries';
import { measures, type Measure } from './tile-map';
import { tileOf } from './tiles';
import { Trend } from './trend';
import { useCockpitFormat } from './format';
import './cockpit.css';

/** One province and its cities. */
export function CockpitProvince() {
  const { provinceCode = '' } = useParams();
  if (!tileOf(provinceCode)) return <NotFound />;
  return (
    <CockpitGate>
      <Province key={provinceCode} provinceCode={provinceCode} />
    </CockpitGate>
  );
}

function Province({ provinceCode }: { provinceCode: string }) {
  const { t } = useTranslation('cockpit');
  const words = useCockpitFormat();
  const navigate = useNavigate();
  const heading = useRef<HTMLHeadingElement>(null);
  const [search, setSearch] = useSearchParams();
  const measure = measures.find((known) => known === search.get('by')) ?? 'memberships';
  const query = useQuery(provinceQuery(provinceCode));
  const tile = tileOf(provinceCode);
  const name = words.english ? (tile?.en ?? '') : (query.data?.province?.name ?? tile?.zh ?? '');
  useTitle(`${name} · ${t('title')}`);
  // One arrives at the name of the province, and leaves with Escape.
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
  }, []);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (
        event.key === 'Escape' &&
        !event.defaultPrevented &&
        !(event.target instanceof HTMLElement && event.target.closest('input, [role="combobox"], [role="listbox"]'))
      )
        void navigate('/cockpit');
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [navigate]);
  return (
    <div className="cockpit">
      <header className="cockpit-head">
        <p className="cockpit-path soft">
          <Link to="/cockpit">{t('title')}</Link> / {t('map')}
        </p>
        <h1 ref={heading} tabIndex={-1}>
          {name}
        </h1>
        {query.data?.computedAt && (
          <p className="live live-at">{t('computed', { at: words.clock(query.data.computedAt) })}</p>
        )}
      </header>
      <QueryBoundary query={query} rows={12}>
        {({ province, cities }) => (
          <>
            {province && <Sum province={province} />}
            <Panel
              title={t('cities')}
              aside={
                <Segmented<Measure>
                  className="map-choice"
                  aria-label={t('colour')}
                  value={measure}
                  onChange={(by) => setSearch({ by }, { replace: true })}
                  options={measures.map((value) => ({ value, label: t(`per.${value}`) }))}
                />
              }
            >
              <Cities cities={cities} measure={measure} provinceCode={provinceCode} />
            </Panel>
            <Panel title={t('trend')} className="thin">
              <Trend provinceCode={provinceCode} />
            </Panel>
          </>
        )}
      </QueryBoundary>
    </div>
  );
}

function Sum({ province }: { province: Schema<'OverviewProvince'> }) {
  const { t } = useTranslation('cockpit');
  const words = useCockpitFormat();
  return (
    <dl className="figures">
      {measures.map((measure) => (
        <div key={measure}>
          <dt>{t(`per.${measure}`)}</dt>
          <dd>
            <b>{words.number(province[measure])}</b>
          </dd>
        </div>
      ))}
    </dl>
  );
}
