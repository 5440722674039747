import { answer, api } from '../../../api/client';
import type { UploadMethods } from '../../../api/uploads';
import type { PictureSource } from '../../../ui/picture-panel';
import { affectedBy } from './queries';

/** The cover pictures of an activity. */
export const coverSource = (
  organisationId: string,
  activityId: string,
  words: PictureSource['words'],
): PictureSource => ({
  words,
  states: 'CoverState',
  limit: 10 * 1024 * 1024,
  wide: true,
  listKey: ['desk', 'covers', activityId],
  list: async () => {
    const { covers } = await answer(
      api.GET('/v1/activities/{activityId}/covers', { params: { path: { activityId } } }),
    );
    return covers.map(({ coverId, ...cover }) => ({ id: coverId, ...cover }));
  },
  upload: (key) => coverUpload(activityId, key),
  propose: (body, header) =>
    answer(api.POST('/v1/activities/{activityId}/covers', { params: { path: { activityId }, header }, body })),
  act: (what, coverId, header) => {
    const params = { path: { activityId, coverId }, header };
    return what === 'publish'
      ? answer(api.POST('/v1/activities/{activityId}/covers/{coverId}:publish', { params, body: {} }))
      : answer(api.POST('/v1/activities/{activityId}/covers/{coverId}:withdraw', { params, body: {} }));
  },
  content: (coverId) => `/v1/activities/${activityId}/covers/${coverId}/content`,
  outdates: affectedBy(organisationId, activityId),
});

const coverUpload = (activityId: string, key: string): UploadMethods => {
  const path = (uploadId: string) => ({ activityId, uploadId });
  return {
    create: (file) =>
      answer(
        api.POST('/v1/activities/{activityId}/cover-uploads', {
          params: { path: { activityId }, header: { 'Idempotency-Key': key } },
          body: { ...file, size: String(file.size) },
        }),
      ),
    get: (uploadId) =>
      answer(api.GET('/v1/activities/{activityId}/cover-uploads/{uploadId}', { params: { path: path(uploadId) } })),
    put: (uploadId, number, part) =>
      answer(
        api.PUT('/v1/activities/{activityId}/cover-uploads/{uploadId}/parts/{number}', {
          params: { path: { ...path(uploadId), number } },
          // The document says binary, which its types call a text.
          body: part as unknown as string,
          bodySerializer: (content: unknown) => content as Blob,
          headers: { 'Content-Type': 'application/octet-stream' },
        }),
      ),
    complete: (uploadId, sha256) =>
      answer(
        api.POST('/v1/activities/{activityId}/cover-uploads/{uploadId}:complete', {
          params: { path: path(uploadId) },
          body: { sha256 },
        }),
      ),
  };
};
