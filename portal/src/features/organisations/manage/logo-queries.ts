import { answer, api } from '../../../api/client';
import { organisationQuery } from '../../../api/organisations';
import type { UploadMethods } from '../../../api/uploads';
import type { PictureSource } from '../../../ui/picture-panel';

/** The logos of an organisation. */
export const logoSource = (organisationId: string, words: PictureSource['words']): PictureSource => ({
  words,
  states: 'LogoState',
  limit: 5 * 1024 * 1024,
  listKey: ['staff', organisationId, 'logos'],
  list: async () => {
    const { logos } = await answer(
      api.GET('/v1/organisations/{organisationId}/logos', { params: { path: { organisationId } } }),
    );
    return logos.map(({ logoId, ...logo }) => ({ id: logoId, ...logo }));
  },
  upload: (key) => logoUpload(organisationId, key),
  propose: (body, header) =>
    answer(
      api.POST('/v1/organisations/{organisationId}/logos', { params: { path: { organisationId }, header }, body }),
    ),
  act: (what, logoId, header) => {
    const params = { path: { organisationId, logoId }, header };
    return what === 'publish'
      ? answer(api.POST('/v1/organisations/{organisationId}/logos/{logoId}:publish', { params, body: {} }))
      : answer(api.POST('/v1/organisations/{organisationId}/logos/{logoId}:withdraw', { params, body: {} }));
  },
  content: (logoId) => `/v1/organisations/${organisationId}/logos/${logoId}/content`,
  outdates: [organisationQuery(organisationId).queryKey],
});

/** The upload of a logo. `key` makes the beginning of it safe to repeat. */
const logoUpload = (organisationId: string, key: string): UploadMethods => {
  const path = (uploadId: string) => ({ organisationId, uploadId });
  return {
    create: (file) =>
      answer(
        api.POST('/v1/organisations/{organisationId}/logo-uploads', {
          params: { path: { organisationId }, header: { 'Idempotency-Key': key } },
          body: { ...file, size: String(file.size) },
        }),
      ),
    get: (uploadId) =>
      answer(
        api.GET('/v1/organisations/{organisationId}/logo-uploads/{uploadId}', { params: { path: path(uploadId) } }),
      ),
    put: (uploadId, number, part) =>
      answer(
        api.PUT('/v1/organisations/{organisationId}/logo-uploads/{uploadId}/parts/{number}', {
          params: { path: { ...path(uploadId), number } },
          // The document says binary, which its types call a text.
          body: part as unknown as string,
          bodySerializer: (content: unknown) => content as Blob,
          headers: { 'Content-Type': 'application/octet-stream' },
        }),
      ),
    complete: (uploadId, sha256) =>
      answer(
        api.POST('/v1/organisations/{organisationId}/logo-uploads/{uploadId}:complete', {
          params: { path: path(uploadId) },
          body: { sha256 },
        }),
      ),
  };
};
