import { answer, api, type Schema } from '../../../api/client';
import { pagedQuery, type PageToken } from '../../../api/paged-query';
import type { IdempotencyHeader } from '../../../ui/command';

export type Export = Schema<'Export'>;
export type Kind = 'MEMBERS' | 'REGISTRATIONS';
export type Scope = 'mine' | 'all';

export const formats = ['XLSX', 'CSV'] as const;
export const purposes = ['MEMBER_SERVICE', 'ACTIVITY_ORGANISATION', 'STATISTICS', 'ELECTION', 'OTHER'] as const;

/** What is asked for, apart from which rows. */
export interface Asked<Column extends string> {
  format: (typeof formats)[number];
  purpose: (typeof purposes)[number];
  purposeText: string;
  language: 'ZH' | 'EN';
  columns: Column[];
}

/** Each service that exports has methods of its own; here they are the same. */
const methods = {
  MEMBERS: {
    mine: (query: PageToken & { organisationId: string; pageSize: number }) =>
      answer(api.GET('/v1/me/memberExports', { params: { query } })),
    all: (organisationId: string, query: PageToken & { pageSize: number }) =>
      answer(
        api.GET('/v1/organisations/{organisationId}/memberExports', { params: { path: { organisationId }, query } }),
      ),
    cancel: (exportId: string, header: IdempotencyHeader) =>
      answer(api.POST('/v1/memberExports/{exportId}:cancel', { params: { path: { exportId }, header }, body: {} })),
    content: (exportId: string) =>
      api.GET('/v1/memberExports/{exportId}/content', { params: { path: { exportId } }, parseAs: 'blob' }),
  },
  REGISTRATIONS: {
    mine: (query: PageToken & { organisationId: string; pageSize: number }) =>
      answer(api.GET('/v1/me/registrationExports', { params: { query } })),
    all: (organisationId: string, query: PageToken & { pageSize: number }) =>
      answer(
        api.GET('/v1/organisations/{organisationId}/registrationExports', {
          params: { path: { organisationId }, query },
        }),
      ),
    cancel: (exportId: string, header: IdempotencyHeader) =>
      answer(
        api.POST('/v1/registrationExports/{exportId}:cancel', { params: { path: { exportId }, header }, body: {} }),
      ),
    content: (exportId: string) =>
      api.GET('/v1/registrationExports/{exportId}/content', { params: { path: { exportId } }, parseAs: 'blob' }),
  },
};

export const underWay = ({ state }: Export): boolean => state === 'WAITING' || state === 'RUNNING';

export const exportsKey = (organisationId: string, kind: Kind) => ['desk', organisationId, 'exports', kind] as const;

/** Exports of an organisation: the caller's own, or everybody's. */
export const exportsQuery = (organisationId: string, kind: Kind, scope: Scope) =>
  pagedQuery({
    queryKey: [...exportsKey(organisationId, kind), scope],
    fetchPage: (token) =>
      scope === 'mine'
        ? methods[kind].mine({ organisationId, pageSize: 20, ...token })
        : methods[kind].all(organisationId, { pageSize: 20, ...token }),
  });

export const cancelExport = (kind: Kind, exportId: string, header: IdempotencyHeader) =>
  methods[kind].cancel(exportId, header);

/** The file, and the name the platform gives it. Refusals are thrown. */
export async function exportFile(kind: Kind, exportId: string): Promise<{ file: Blob; name: string }> {
  const { data, response } = await methods[kind].content(exportId);
  return { file: data as Blob, name: fileName(response.headers.get('Content-Disposition') ?? '') };
}

/** The file name of a `Content-Disposition` (RFC 6266); the one in UTF-8 if there are two. */
export function fileName(disposition: string): string {
  const extended = /filename\*=UTF-8''([^;]+)/i.exec(disposition)?.[1];
  if (extended) return decodeURIComponent(extended.trim());
  return /filename="((?:[^"\\]|\\.)*)"/i.exec(disposition)?.[1]?.replace(/\\(.)/g, '$1') ?? 'export';
}
