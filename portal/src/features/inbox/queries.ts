import { queryOptions } from '@tanstack/react-query';
import { answer, api, type Schema } from '../../api/client';
import { pagedQuery } from '../../api/paged-query';

export type Notice = Schema<'Notice'>;
export type Choice = Schema<'NoticeChoice'>;

/** The beginning of the keys of everything about notices, so that all of it is asked for again at once. */
export const noticesKey = ['me', 'notices'] as const;

/** How many notices are unread. The stream keeps it up to date while the page is visible. */
export const unreadQuery = queryOptions({
  queryKey: [...noticesKey, 'unread'],
  queryFn: async () => (await answer(api.GET('/v1/me/notices:countUnread'))).unread,
  staleTime: 60_000,
});

/** The notices, the newest first. */
export const noticesQuery = (unread: boolean) =>
  pagedQuery({
    queryKey: [...noticesKey, 'list', unread],
    fetchPage: (token) =>
      answer(api.GET('/v1/me/notices', { params: { query: { pageSize: 30, ...(unread && { unread }), ...token } } })),
  });

/** By which way the person wants to be told. */
export const choicesQuery = queryOptions({
  queryKey: [...noticesKey, 'choices'],
  queryFn: () => answer(api.GET('/v1/me/notice-choices')),
});
