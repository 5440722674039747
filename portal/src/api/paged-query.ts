import { infiniteQueryOptions, type QueryKey } from '@tanstack/react-query';

/** What a list request carries to get the next page; nothing for the first one. */
export interface PageToken {
  pageToken?: string;
}

/** A list that the platform answers page by page (AIP-158). */
export const pagedQuery = <Page extends { nextPageToken: string }>({
  queryKey,
  fetchPage,
  staleTime,
}: {
  queryKey: QueryKey;
  fetchPage: (token: PageToken) => Promise<Page>;
  staleTime?: number;
}) =>
  infiniteQueryOptions({
    queryKey,
    queryFn: ({ pageParam }) => fetchPage(pageParam ? { pageToken: pageParam } : {}),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextPageToken || undefined,
    ...(staleTime !== undefined && { staleTime }),
  });
