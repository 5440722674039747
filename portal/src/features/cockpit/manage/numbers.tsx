import { DownloadOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../../../api/client';
import { Failure, Loading } from '../../../ui/states';
import { Chart, type Point } from './chart';
import { Fresh, Meaning, sourcesOf } from './meaning';
import { byMonth, sum } from './months';
import { Panel } from './panel';
import { PeriodChoice, useRange } from './period';
import type { Range } from './range';
import { useCockpitFormat } from './format';
import './cockpit.css';
import { download } from '../../../ui/csv';
import { counted, useNumbers, type Counted, type Numbers } from './numbers-query';
import { useDesk, useRights } from '../../../api/rights';

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
        {numbers && <Download organisationId={organisationId} numbers={numbers} range={period.range} />}
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

/** What is shown of a metric: minutes are told in hours. */
function useMetricView() {
  const { t } = useTranslation('cockpit-numbers');
  const { t: cockpit } = useTranslation('cockpit');
  const words = useCockpitFormat();
  return (name: Counted, numbers: Numbers) => {
    const { metric, points, freshness } = numbers[name];
    const hours = name === 'credited_minutes';
    const scaled: Point[] = hours ? points.map(({ key, value }) => ({ key, value: value / 60 })) : [...points];
    return {
      metric,
      freshness,
      points: scaled,
      title: hours ? t('hours') : words.title(metric),
      unit: hours ? t('hour') : cockpit(`unit.${metric.unit}`, { defaultValue: metric.unit }),
      // What is there counts as at the last day, what happened adds up.
      value: Math.round((metric.stock ? (scaled.at(-1)?.value ?? 0) : sum(scaled)) * 10) / 10,
    };
  };
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
  const { t: cockpit } = useTranslation('cockpit');
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
            <dd>
              <details className="figure-meaning">
                <summary>{cockpit('meaning')}</summary>
                <p>{words.english ? metric.definitionEn : metric.definitionZh}</p>
                <Fresh sources={sourcesOf(metric)} freshness={freshness} />
              </details>
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

const steps = ['applications_submitted', 'applications_passed_first_review', 'applications_approved'] as const;
const beside = ['applications_returned', 'applications_rejected', 'applications_withdrawn'] as const;

/** From the application to the membership, within the period: a later step may belong to an application of before. */
function ApplicationFunnel({ numbers }: { numbers: Numbers }) {
  const { t } = useTranslation('cockpit-numbers');
  const words = useCockpitFormat();
  const shown = useMetricView();
  const most = Math.max(1, ...steps.map((name) => shown(name, numbers).value));
  return (
    <>
      <ol className="funnel">
        {steps.map((name) => {
          const { title, value } = shown(name, numbers);
          return (
            <li key={name}>
              <span>{title}</span>
              <b>{words.number(value)}</b>
              <i aria-hidden style={{ width: `${Math.max(1, (value / most) * 100)}%` }} />
            </li>
          );
        })}
      </ol>
      <p className="beside">
        {beside.map((name) => {
          const { title, value } = shown(name, numbers);
          return (
            <span key={name}>
              {title} <b>{words.number(value)}</b>
            </span>
          );
        })}
      </p>
      <p className="meaning">
        {t('funnelNote')} <Fresh sources={['membership']} freshness={numbers.applications_submitted.freshness} />
      </p>
    </>
  );
}

/** What is shown, as a table: each number in total, and month by month where it is drawn so. */
function Download({ organisationId, numbers, range }: { organisationId: string; numbers: Numbers; range: Range }) {
  const { t } = useTranslation('cockpit-numbers');
  const words = useCockpitFormat();
  const shown = useMetricView();
  const organisation: Schema<'Organisation'> | undefined = useRights(organisationId).organisation;
  const save = () => {
    const name = organisation?.name ?? '';
    const period = `${range.fromDay} – ${range.toDay}`;
    const rows = counted.flatMap((metric) => {
      const { title, unit, value, points, metric: meant } = shown(metric, numbers);
      const definition = words.english ? meant.definitionEn : meant.definitionZh;
      return [
        [name, title, unit, meant.stock ? range.toDay : period, value, definition],
        ...byMonth(points, meant.stock).map((month) => [
          name,
          title,
          unit,
          month.key,
          Math.round(month.value * 10) / 10,
          definition,
        ]),
      ];
    });
    download(`${name} ${t('name')} ${range.fromDay} ${range.toDay}`, [
      [t('csv.organisation'), t('csv.metric'), t('csv.unit'), t('csv.when'), t('csv.value'), t('csv.meaning')],
      ...rows,
    ]);
  };
  return (
    <Button icon={<DownloadOutlined aria-hidden />} onClick={save}>
      {t('download')}
    </Button>
  );
}
