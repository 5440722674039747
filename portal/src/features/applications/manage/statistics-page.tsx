import { DownloadOutlined } from '@ant-design/icons';
import { useQueries } from '@tanstack/react-query';
import { Button, Input } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import type { Schema } from '../../../api/client';
import { Failure, Loading, NotAllowed, EmptyState } from '../../../ui/states';
import { Fresh, PeriodChoice, useRange, valuesQuery, type Range, useCockpitFormat } from '../../cockpit';
import { download } from '../../../ui/csv';
import { useRights } from '../../../api/rights';
import { useAdministration } from '../../../ui/area-page';
import { OrganisationChooser } from '../../organisations';
import {
  columns,
  rowsOf,
  share,
  sorted,
  total,
  type Column,
  type Counts,
  type Row,
  type Sort,
  type SortKey,
} from './statistics';
import './statistics.css';

/** How the applications go, organisation by organisation. */
export function StaffApplications() {
  const { t } = useTranslation('applications-statistics');
  const { places } = useAdministration();
  const [search, setSearch] = useSearchParams();
  const here = search.get('organisation') || places[0]?.organisationId || '';
  const rights = useRights(here);
  const period = useRange();
  return (
    <>
      <p className="soft">{t('lead')}</p>
      <OrganisationChooser
        places={places}
        value={here}
        onChange={(organisation) =>
          setSearch(
            (now) => {
              now.set('organisation', organisation);
              return now;
            },
            { replace: true },
          )
        }
      />
      <div className="statistics-period">
        <PeriodChoice {...period} />
      </div>
      {rights.ready && !rights.may('cockpit.read') ? (
        <NotAllowed />
      ) : (
        <Statistics key={here} organisationId={here} name={rights.organisation?.name ?? ''} range={period.range} />
      )}
    </>
  );
}

function Statistics({ organisationId, name, range }: { organisationId: string; name: string; range: Range }) {
  const { fromDay, toDay } = range;
  const { rows, freshness, error, retry } = useQueries({
    queries: columns.map(({ metric }) =>
      valuesQuery({ metric, breakdown: 'ORGANISATION', fromDay, toDay, organisationId }),
    ),
    combine: (answers) => {
      const complete = answers.every(({ data }) => data);
      const values = Object.fromEntries(
        columns.map(({ name: column }, index) => [column, answers[index]?.data?.values ?? []]),
      ) as unknown as Record<Column, Schema<'MetricValue'>[]>;
      return {
        rows: complete ? rowsOf(values) : undefined,
        freshness: answers[0]?.data?.freshness ?? [],
        error: answers.find(({ error: failed }) => failed)?.error,
        retry: () => void Promise.all(answers.filter(({ error: failed }) => failed).map(({ refetch }) => refetch())),
      };
    },
  });
  const { t } = useTranslation('applications-statistics');
  if (!rows) return error ? <Failure error={error} retry={retry} /> : <Loading rows={10} />;
  if (rows.length === 0) return <EmptyState text={t('nothing')} />;
  return (
    <>
      <StatisticsTable rows={rows} name={name} range={range} />
      <p className="meaning">
        {t('note')} <Fresh sources={['membership']} freshness={freshness} />
      </p>
    </>
  );
}

function StatisticsTable({ rows, name, range }: { rows: readonly Row[]; name: string; range: Range }) {
  const { t } = useTranslation('applications-statistics');
  const words = useCockpitFormat();
  const [typed, setTyped] = useState('');
  const [sort, setSort] = useState<Sort>({ by: 'submitted', down: true });
  const shown = useMemo(
    () =>
      sorted(
        rows.filter((row) => row.name.includes(typed.trim())),
        sort,
      ),
    [rows, typed, sort],
  );
  const sum = total(shown);
  const percent = (counts: Counts) => {
    const part = share(counts);
    return part === undefined ? '–' : words.percent(part);
  };
  const save = () =>
    download(`${name} ${t('name')} ${range.fromDay} ${range.toDay}`, [
      [t('organisation'), ...columns.map((column) => t(column.name)), t('share'), t('period')],
      ...shown.map((row) => [
        row.name,
        ...columns.map((column) => row.counts[column.name]),
        percent(row.counts),
        `${range.fromDay} – ${range.toDay}`,
      ]),
      [t('total'), ...columns.map((column) => sum[column.name]), percent(sum), `${range.fromDay} – ${range.toDay}`],
    ]);
  const head = (by: SortKey, label: string) => (
    <th scope="col" key={by} aria-sort={sort.by === by ? (sort.down ? 'descending' : 'ascending') : 'none'}>
      <button type="button" onClick={() => setSort({ by, down: sort.by === by ? !sort.down : by !== 'name' })}>
        {label} <span aria-hidden>{sort.by === by ? (sort.down ? '↓' : '↑') : '↕'}</span>
      </button>
    </th>
  );
  return (
    <>
      <dl className="figures by-five">
        {(['submitted', 'passed', 'approved', 'waiting'] as const).map((column) => (
          <div key={column}>
            <dt>{t(column)}</dt>
            <dd>
              <b>{words.number(sum[column])}</b>
            </dd>
          </div>
        ))}
        <div>
          <dt>{t('share')}</dt>
          <dd>
            <b>{percent(sum)}</b>
          </dd>
        </div>
      </dl>
      <div className="toolbar">
        <Input
          allowClear
          value={typed}
          onChange={({ target }) => setTyped(target.value)}
          maxLength={60}
          placeholder={t('filter')}
          aria-label={t('filter')}
          className="statistics-filter"
        />
        <Button icon={<DownloadOutlined aria-hidden />} onClick={save}>
          {t('download')}
        </Button>
      </div>
      <div className="statistics" tabIndex={0} role="region" aria-label={t('name')}>
        <table className="statistics-table">
          <thead>
            <tr>
              {head('name', t('organisation'))}
              {columns.map((column) => head(column.name, t(column.name)))}
              {head('share', t('share'))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={row.organisationId}>
                <th scope="row">
                  <Link to={`/desk/${row.organisationId}/numbers`}>{row.name}</Link>
                </th>
                {columns.map((column) => (
                  <td key={column.name}>{words.number(row.counts[column.name])}</td>
                ))}
                <td>{percent(row.counts)}</td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">{t('total')}</th>
              {columns.map((column) => (
                <td key={column.name}>{words.number(sum[column.name])}</td>
              ))}
              <td>{percent(sum)}</td>
            </tr>
          </tfoot>
        </table>
      </div>
      {shown.length === 0 && <EmptyState text={t('nothingFound')} />}
      {rows.length >= 1000 && <p className="soft">{t('many')}</p>}
    </>
  );
}
