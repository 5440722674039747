import { uploadsAt, type UploadMethods } from '../../api/uploads';

/** Where a file of an application can be read. */
export const applicationFile =
  (applicationId: string) =>
  (uploadId: string, face: 'CLEAN' | 'ORIGINAL'): string =>
    `/v1/applications/${applicationId}/files/${uploadId}/content${face === 'ORIGINAL' ? '?face=ORIGINAL' : ''}`;

/** The upload of a file for an application to an organisation. */
export const applicationUpload = (organisationId: string): ((key: string) => UploadMethods) =>
  uploadsAt('/v1/organisations/{organisationId}/application-uploads', { organisationId });
