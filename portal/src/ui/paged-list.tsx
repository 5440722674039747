import type { InfiniteData } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { MoreButton, type Paged } from './more-button';
import { QueryBoundary, type Query } from './states';

export type PagedQuery<Page> = Paged & Query<InfiniteData<Page>>;

/** A list that grows page by page, in all its states: loading, failed, empty, filled, and with more to come. */
export function PagedList<Page, Item>({
  query,
  itemsOf,
  rows,
  empty,
  children,
}: {
  query: PagedQuery<Page>;
  itemsOf: (page: Page) => readonly Item[];
  /** Height of the placeholder, in lines. */
  rows?: number;
  /** What stands in place of a list without items. */
  empty: ReactNode;
  children: (items: readonly Item[], pages: readonly Page[]) => ReactNode;
}) {
  return (
    <QueryBoundary query={query} {...(rows !== undefined && { rows })}>
      {({ pages }) => {
        const items = pages.flatMap(itemsOf);
        if (items.length === 0) return empty;
        return (
          <>
            {children(items, pages)}
            <MoreButton query={query} />
          </>
        );
      }}
    </QueryBoundary>
  );
}
