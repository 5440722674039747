import { answer, api, type Schema } from '../../api/client';
import type { IdempotencyHeader } from '../../ui/command';

export type Verification = Schema<'PaperVerification'>;
export type Kind = 'MEMBERSHIP' | 'ATTENDANCE';

/** Each service that issues papers has methods of its own; here they are the same. */
const methods = {
  MEMBERSHIP: {
    issue: (membershipId: string, header: IdempotencyHeader) =>
      answer(
        api.POST('/v1/memberships/{membershipId}/certificate', {
          params: { path: { membershipId }, header },
          body: {},
        }),
      ),
    content: (membershipId: string) =>
      answer(
        api.GET('/v1/memberships/{membershipId}/certificate/content', {
          params: { path: { membershipId } },
          parseAs: 'blob',
        }),
      ),
    verify: (token: string) => answer(api.GET('/v1/membershipCertificates/{token}', { params: { path: { token } } })),
  },
  ATTENDANCE: {
    issue: (registrationId: string, header: IdempotencyHeader) =>
      answer(
        api.POST('/v1/registrations/{registrationId}/certificate', {
          params: { path: { registrationId }, header },
          body: {},
        }),
      ),
    content: (registrationId: string) =>
      answer(
        api.GET('/v1/registrations/{registrationId}/certificate/content', {
          params: { path: { registrationId } },
          parseAs: 'blob',
        }),
      ),
    verify: (token: string) => answer(api.GET('/v1/attendanceCertificates/{token}', { params: { path: { token } } })),
  },
};

/** The kinds of papers by the letter in their links. */
const kinds: Record<string, Kind> = { m: 'MEMBERSHIP', a: 'ATTENDANCE' };

/** Issues the paper, or finds the one that says the same, and fetches its document. Refusals are thrown. */
export async function certificate(
  kind: Kind,
  recordId: string,
  header: IdempotencyHeader,
): Promise<{ number: string; file: Blob }> {
  const { number } = await methods[kind].issue(recordId, header);
  const file = await methods[kind].content(recordId);
  return { number, file: file };
}

/** What the link of a paper certifies; asked again on each visit, because it can be revoked at any moment. */
export const verificationQuery = (letter: string, token: string) => {
  const kind = kinds[letter];
  return {
    queryKey: ['paper', letter, token] as const,
    queryFn: () => (kind ? methods[kind].verify(token) : Promise.resolve(null)),
    staleTime: 0,
  };
};
