import { useInfiniteQuery } from '@tanstack/react-query';
import { Progress } from 'antd';
import { useTranslation } from 'react-i18next';
import { useEnumLabel } from '../../../ui/enum-label';
import { useMoment } from '../../../ui/moment';
import { ResourceTable, type Column } from '../../../ui/resource-table';
import { EmptyState } from '../../../ui/states';
import { ExportActions } from './export-actions';
import { exportsQuery, underWay, type Export, type Kind, type Scope } from './queries';

/** How often the list is fetched while a file is being made. */
const POLL_MS = 1_500;

/** Exports of one kind, with how far they are. */
export function ExportList({ organisationId, kind, scope }: { organisationId: string; kind: Kind; scope: Scope }) {
  const { t } = useTranslation('exports');
  const list = useInfiniteQuery({
    ...exportsQuery(organisationId, kind, scope),
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.exports.some(underWay)) === true ? POLL_MS : false,
  });
  const columns = useColumns(scope);
  return (
    <ResourceTable
      query={list}
      rowsOf={(page) => page.exports}
      keyOf={({ exportId }) => exportId}
      columns={columns}
      actions={
        scope === 'mine'
          ? (one) => <ExportActions export={one} kind={kind} organisationId={organisationId} />
          : undefined
      }
      empty={<EmptyState text={t(scope === 'mine' ? `none.${kind}` : 'none.all')} />}
      lines={4}
    />
  );
}

function useColumns(scope: Scope): Column<Export>[] {
  const { t } = useTranslation('exports');
  const label = useEnumLabel();
  const moment = useMoment();
  const columns: Column<Export>[] = [
    {
      name: t('list.what'),
      cell: ({ title, format }) => (
        <span>
          {title} <span className="soft">{label('ExportFormat', format)}</span>
        </span>
      ),
    },
    {
      name: t('list.purpose'),
      cell: ({ purpose, purposeText }) => (
        <span>
          {label('ExportPurpose', purpose)}
          <span className="soft export-purpose">{purposeText}</span>
        </span>
      ),
    },
    { name: t('list.state'), cell: (one) => <State export={one} /> },
    { name: t('list.at'), cell: ({ createdAt }) => (createdAt ? moment.exact(createdAt) : '') },
  ];
  if (scope === 'mine') return columns;
  return [
    ...columns,
    { name: t('list.by'), mono: true, cell: ({ requesterNumber }) => requesterNumber },
    { name: t('list.downloads'), cell: ({ downloads }) => t('times', { count: downloads }) },
  ];
}

function State({ export: one }: { export: Export }) {
  const { t, i18n } = useTranslation('exports');
  const label = useEnumLabel();
  const moment = useMoment();
  const number = (value: string | number) => Number(value).toLocaleString(i18n.language);
  const [done, total] = [Number(one.rowsDone), Number(one.rowsTotal)];
  if (one.state === 'RUNNING')
    return (
      <span className="export-progress">
        {t('making')}
        {total > 0 && <span className="soft"> {t('rowsOf', { done: number(done), total: number(total) })}</span>}
        <Progress
          percent={total > 0 ? Math.min(99, Math.floor((100 * done) / total)) : 0}
          size="small"
          status="active"
          aria-label={t('progress')}
        />
      </span>
    );
  if (one.state === 'READY')
    return (
      <span>
        {label('ExportState', one.state)} <span className="soft">{t('rows', { rows: number(done) })}</span>
        {one.expiresAt && (
          <span className="soft export-purpose">{t('until', { at: moment.exact(one.expiresAt) })}</span>
        )}
      </span>
    );
  return (
    <span>
      {label('ExportState', one.state)}
      {one.state === 'FAILED' && <span className="soft export-purpose">{label('ExportFailure', one.failure)}</span>}
      {one.state === 'WAITING' && <span className="soft export-purpose">{t('waitingText')}</span>}
      {one.state === 'OUTDATED' && <span className="soft export-purpose">{t('outdatedText')}</span>}
      {one.state === 'REVOKED' && <span className="soft export-purpose">{t('revokedText')}</span>}
    </span>
  );
}
