import { answer, api } from '../../api/client';
import type { UploadMethods } from '../../api/uploads';

/** Where a file of an application can be read. */
export const applicationFile =
  (applicationId: string) =>
  (uploadId: string, face: 'CLEAN' | 'ORIGINAL'): string =>
    `/v1/applications/${applicationId}/files/${uploadId}/content${face === 'ORIGINAL' ? '?face=ORIGINAL' : ''}`;

/** The upload of a file for an application to an organisation. `key` makes the beginning of it safe to repeat. */
export const applicationUpload =
  (organisationId: string) =>
  (key: string): UploadMethods => {
    const path = (uploadId: string) => ({ organisationId, uploadId });
    return {
      create: (file) =>
        answer(
          api.POST('/v1/organisations/{organisationId}/application-uploads', {
            params: { path: { organisationId }, header: { 'Idempotency-Key': key } },
            body: { ...file, size: String(file.size) },
          }),
        ),
      get: (uploadId) =>
        answer(
          api.GET('/v1/organisations/{organisationId}/application-uploads/{uploadId}', {
            params: { path: path(uploadId) },
          }),
        ),
      put: (uploadId, number, part) =>
        answer(
          api.PUT('/v1/organisations/{organisationId}/application-uploads/{uploadId}/parts/{number}', {
            params: { path: { ...path(uploadId), number } },
            // The document says binary, which its types call a text.
            body: part as unknown as string,
            bodySerializer: (content: unknown) => content as Blob,
            headers: { 'Content-Type': 'application/octet-stream' },
          }),
        ),
      complete: (uploadId, sha256) =>
        answer(
          api.POST('/v1/organisations/{organisationId}/application-uploads/{uploadId}:complete', {
            params: { path: path(uploadId) },
            body: { sha256 },
          }),
        ),
    };
  };
