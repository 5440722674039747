import { useTranslation } from 'react-i18next';
import { useDesk } from '../../../api/rights';
import { Failure, Loading } from '../../../ui/states';
import { ApplicationFunnel } from './application-funnel';
import { Chart } from './chart';
import { useCockpitFormat } from './format';
import { FigureMeaning, Meaning } from './meaning';
import { useMetricView } from './metric-view';
import { byMonth } from './months';
import { NumbersDownload } from './numbers-download';
import { useNumbers, type Counted, type Numbers } from './numbers-query';
import { Panel } from './panel';
import { PeriodChoice, useRange } from './period';
import type { Range } from './range';
import './cockpit.css';

/** What an organisation and everything below it comes to. */
export function DeskNumbers() {
  const { organisationId } = useDesk();
  return <OrganisationNumbers key={organisationId} organisationId={organisationId} />;
}

function OrganisationNumbers({ organisationId }: { organisationId: string }) {
  const { t } = useTranslation('cockpit-numbers');
  const period = useRange();
  const { numbers, error, retry } = useNumbers(organisationId, period.range);
  return (
    <>
      <p className="soft">{t('lead')}</p>
      <div className="toolbar">
        <PeriodChoice {...period} />
        {numbers && <NumbersDownload organisationId={organisationId} numbers={numbers} range={period.range} />}
      </div>
      {numbers ? (
        <NumbersView numbers={numbers} range={period.range} />
      ) : error ? (
        <Failure error={error} retry={retry} />
      ) : (
        <Loading rows={12} />
      )}
    </>
  );
}

const tiles = [
  'memberships_active',
  'memberships_joined',
  'applications_in_review',
  'activities_published',
  'attendances',
  'credited_minutes',
] as const;

function NumbersView({ numbers, range }: { numbers: Numbers; range: Range }) {
  const { t } = useTranslation('cockpit-numbers');
  const shown = useMetricView();
  const months = (name: Counted) => {
    const { title, unit, points, metric, freshness } = shown(name, numbers);
    return (
      <>
        <Chart
          kind={metric.stock ? 'line' : 'bar'}
          points={byMonth(points, metric.stock)}
          title={title}
          unit={unit}
          period={t('month')}
        />
        <Meaning metric={metric} freshness={freshness} />
        {name === 'credited_minutes' && <p className="meaning">{t('hoursNote')}</p>}
      </>
    );
  };
  return (
    <>
      <Tiles numbers={numbers} range={range} />
      <div className="cockpit-grid even-grid">
        <Panel title={t('joined')}>{months('memberships_joined')}</Panel>
        <Panel title={t('members')}>{months('memberships_active')}</Panel>
        <Panel title={t('funnel')}>
          <ApplicationFunnel numbers={numbers} />
        </Panel>
        <Panel title={t('attendances')}>{months('attendances')}</Panel>
        <Panel title={t('hoursByMonth')}>{months('credited_minutes')}</Panel>
        <Panel title={t('activities')}>{months('activities_published')}</Panel>
      </div>
    </>
  );
}

function Tiles({ numbers, range }: { numbers: Numbers; range: Range }) {
  const { t } = useTranslation('cockpit-numbers');
  const words = useCockpitFormat();
  const shown = useMetricView();
  return (
    <dl className="figures by-three">
      {tiles.map((name) => {
        const { metric, freshness, title, unit, value } = shown(name, numbers);
        return (
          <div key={name}>
            <dt>{title}</dt>
            <dd>
              <b>{words.number(value)}</b> <span>{unit}</span>
            </dd>
            <dd className="figure-when">
              {metric.stock ? t('at', { day: range.toDay }) : t('during', { from: range.fromDay, to: range.toDay })}
            </dd>
            <FigureMeaning metric={metric} freshness={freshness} />
          </div>
        );
      })}
    </dl>
  );
}
