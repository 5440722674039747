import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { PagedList, type PagedQuery } from './paged-list';
import './resource-table.css';

export interface Column<Row> {
  /** Heading; on a phone, where each row is a card, the name beside the value. */
  name: string;
  cell: (row: Row) => ReactNode;
  /** Numbers and codes that are compared character by character. */
  mono?: boolean;
}

/**
 * A table of a resource, loaded page by page. On a phone each row is a card. `actions` are the buttons at the end of a row; they
 * stand in a column whose heading only screen readers read.
 */
export function ResourceTable<Page, Row>({
  query,
  rowsOf,
  keyOf,
  columns,
  actions,
  empty,
  lines,
}: {
  query: PagedQuery<Page>;
  rowsOf: (page: Page) => readonly Row[];
  keyOf: (row: Row) => string;
  columns: readonly Column<Row>[];
  actions?: ((row: Row) => ReactNode) | undefined;
  empty: ReactNode;
  /** Height of the placeholder. */
  lines?: number;
}) {
  const { t } = useTranslation();
  return (
    <PagedList query={query} itemsOf={rowsOf} empty={empty} {...(lines !== undefined && { rows: lines })}>
      {(rows) => (
        <table className="resource-table">
          <thead>
            <tr>
              {columns.map(({ name }) => (
                <th scope="col" key={name}>
                  {name}
                </th>
              ))}
              {actions && (
                <th scope="col">
                  <span className="visually-hidden">{t('actions')}</span>
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={keyOf(row)}>
                {columns.map(({ name, cell, mono }) => (
                  <td key={name} data-name={name} {...(mono && { className: 'mono' })}>
                    {cell(row)}
                  </td>
                ))}
                {actions && (
                  <td>
                    <div className="row-actions">{actions(row)}</div>
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </PagedList>
  );
}
