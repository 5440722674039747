import { DesktopOutlined } from '@ant-design/icons';
import { Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Schema } from '../../../api/client';
import { useTitle } from '../../../ui/sheet';
import { QueryBoundary, EmptyState } from '../../../ui/states';
import { CockpitGate } from './access';
import { useOverview } from './live';
import { Fresh } from './meaning';
import { Panel } from './panel';
import { Figures, FreshnessLine, Funnel, Live, withMembers } from './parts';
import { measuresOf, TileMap, type Measure } from './tile-map';
import { Trend } from './trend';
import { useCockpitFormat } from './format';
import './cockpit.css';

/** What leadership sees at the desk; it changes by itself. */
export function CockpitOverview() {
  const { t } = useTranslation('cockpit');
  useTitle(t('title'));
  return (
    <CockpitGate>
      <Overview />
    </CockpitGate>
  );
}

function Overview() {
  const { t } = useTranslation('cockpit');
  const { query, liveness } = useOverview();
  return (
    <div className="cockpit">
      <header className="cockpit-head">
        <h1>{t('title')}</h1>
        <nav aria-label={t('title')}>
          <Link to="/cockpit/slices">{t('slices')}</Link>
          <Link to="/cockpit/plan">{t('plan')}</Link>
          <Link to="/cockpit/wall">
            <DesktopOutlined aria-hidden /> {t('wall')}
          </Link>
        </nav>
        <Live liveness={liveness} at={query.data?.computedAt} />
      </header>
      <QueryBoundary query={query} rows={12}>
        {(overview) => (
          <>
            <Figures figures={overview.figures} freshness={overview.freshness} />
            <div className="cockpit-grid">
              <Map overview={overview} />
              <Panel title={t('funnel')} aside={<Fresh sources={['membership']} freshness={overview.freshness} />}>
                <Funnel steps={overview.funnel} />
              </Panel>
              <Panel title={t('trend')} className="wide">
                <Trend />
              </Panel>
              <Panel
                title={t('societies')}
                className="wide"
                aside={<Fresh sources={['membership', 'events']} freshness={overview.freshness} />}
              >
                <Societies societies={withMembers(overview.societies)} />
              </Panel>
            </div>
            <Panel title={t('freshness')} className="thin">
              <FreshnessLine freshness={overview.freshness} />
            </Panel>
          </>
        )}
      </QueryBoundary>
    </div>
  );
}

function Map({ overview }: { overview: Schema<'Overview'> }) {
  const { t } = useTranslation('cockpit');
  const words = useCockpitFormat();
  const [measure, setMeasure] = useState<Measure>('memberships');
  const { provinces, freshness } = overview;
  const shown = measuresOf(overview);
  return (
    <Panel title={t('map')} aside={<Fresh sources={['identity', 'membership', 'events']} freshness={freshness} />}>
      <Segmented<Measure>
        className="map-choice"
        aria-label={t('colour')}
        value={measure}
        onChange={setMeasure}
        options={shown.map((value) => ({ value, label: t(`per.${value}`) }))}
      />
      <TileMap provinces={provinces} measure={measure} to={(code) => `/cockpit/provinces/${code}?by=${measure}`} />
      <p className="soft map-hint">{t('mapHint')}</p>
      <details className="as-table">
        <summary>{t('asTable')}</summary>
        <div className="scrolls" tabIndex={0} role="region" aria-label={`${t('map')} · ${t('asTable')}`}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t('province')}</th>
                {shown.map((name) => (
                  <th scope="col" key={name}>
                    {t(`per.${name}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {provinces.map((province) => (
                <tr key={province.provinceCode}>
                  <th scope="row">{province.name}</th>
                  {shown.map((name) => (
                    <td key={name}>{words.number(province[name])}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </Panel>
  );
}

function Societies({ societies }: { societies: readonly Schema<'OverviewSociety'>[] }) {
  const { t } = useTranslation('cockpit');
  const words = useCockpitFormat();
  if (societies.length === 0) return <EmptyState text={t('noSocieties')} />;
  const most = Math.max(1, ...societies.map((society) => Number(society.memberships)));
  return (
    <div className="ranking">
      <table>
        <thead>
          <tr>
            <th scope="col">{t('society')}</th>
            <th scope="col">{t('memberships')}</th>
            <th scope="col">{t('applications')}</th>
            <th scope="col">{t('activities')}</th>
          </tr>
        </thead>
        <tbody>
          {societies.map((society) => (
            <tr key={society.organisationId}>
              <th scope="row">
                <Link to={`/organisations/${society.organisationId}`}>{society.name}</Link>
                <i aria-hidden style={{ width: `${(Number(society.memberships) / most) * 100}%` }} />
              </th>
              <td data-name={t('memberships')}>{words.number(society.memberships)}</td>
              <td data-name={t('applications')}>{words.number(society.applications)}</td>
              <td data-name={t('activities')}>{words.number(society.activities)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
