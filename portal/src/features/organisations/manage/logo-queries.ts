import { queryOptions } from '@tanstack/react-query';
import { answer, api } from '../../../api/client';
import type { UploadMethods } from '../../../api/uploads';

/** Proposed, published and former logos of an organisation, newest first. */
export const logosQuery = (organisationId: string) =>
  queryOptions({
    queryKey: ['staff', organisationId, 'logos'],
    queryFn: () =>
      answer(api.GET('/v1/organisations/{organisationId}/logos', { params: { path: { organisationId } } })),
  });

/** The limits of the platform, said before anything is sent. */
export const logoLimit = 5 * 1024 * 1024;
export const logoTypes = ['image/png', 'image/jpeg', 'image/webp'];

/** The upload of a logo. `key` makes the beginning of it safe to repeat. */
export const logoUpload = (organisationId: string, key: string): UploadMethods => {
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
