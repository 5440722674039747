import type { Schema } from '../../../api/client';
import { scopes } from '../../../api/scopes';

export type Client = Schema<'Client'>;
export type Kind = 'MACHINE' | 'WEB' | 'PUBLIC_APP';

/** A secret as the platform handed it over: empty when the client has none, or when it was shown before. */
export interface Secret {
  client: Client;
  secret: string;
  oldUntil?: string | undefined;
}

export const kinds: readonly Kind[] = ['MACHINE', 'WEB', 'PUBLIC_APP'];

/** What a client of a kind can ask for: data of the organisation, or the sign-in of people. */
export const scopesOf = (kind: Kind): readonly string[] =>
  kind === 'MACHINE'
    ? scopes
    : ['openid', 'profile', 'person_number', 'email', 'phone', 'memberships', 'offline_access'];

/** By what a client that can keep something proves itself. */
export const methods = ['CLIENT_SECRET', 'PRIVATE_KEY_JWT'] as const;

/** How ID tokens may be signed, with the names that developers know. */
export const algorithms = [
  ['RS256', 'RS256'],
  ['ES256', 'ES256'],
  ['EDDSA', 'EdDSA'],
] as const;

/** What a form about a client holds. */
export interface Fields {
  name: string;
  kind: Kind;
  scopes: string[];
  redirectUris?: string;
  postLogoutRedirectUris?: string;
  backchannelLogoutUri?: string;
  pkceOptional?: boolean;
  secretDays?: number | null;
  method?: (typeof methods)[number];
  jwks?: string;
  jwksUri?: string;
  idTokenAlgorithm?: (typeof algorithms)[number][0];
  pushedRequestsOnly?: boolean;
  dpopOnly?: boolean;
  pairwiseSubjects?: boolean;
  deviceGrant?: boolean;
}

/** Addresses that were typed one a line. */
export const linesOf = (text: string | undefined): string[] =>
  (text ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);

const loopback = (host: string): boolean => ['localhost', '127.0.0.1', '[::1]'].includes(host);

/**
 * Whether the platform can tell a site of sign-outs at this address: by https, at its default port. A platform at the developer's own
 * machine calls other ports and sites there too.
 */
export function takesSignOuts(text: string | undefined, host: string): boolean {
  const address = (text ?? '').trim();
  if (!address) return true;
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, port } = new URL(address);
  if (protocol === 'https:') return !port || loopback(host);
  return protocol === 'http:' && Boolean(port) && loopback(hostname) && loopback(host);
}

/** Whether a text is a set of keys, as far as can be said here; an empty one holds none and is good. */
export function holdsKeys(text: string | undefined): boolean {
  const written = (text ?? '').trim();
  if (!written) return true;
  try {
    const set: unknown = JSON.parse(written);
    return typeof set === 'object' && set !== null && 'keys' in set && Array.isArray(set.keys);
  } catch {
    return false;
  }
}

/** Whether the platform makes a secret for a client like this. */
export const keepsSecret = (kind: Kind, method: Fields['method']): boolean =>
  kind !== 'PUBLIC_APP' && method !== 'PRIVATE_KEY_JWT';

/** What a form shows of a client that is there. */
export const fieldsOf = ({ authentication, protocol }: Client): Partial<Fields> => ({
  method: authentication?.method === 'PRIVATE_KEY_JWT' ? 'PRIVATE_KEY_JWT' : 'CLIENT_SECRET',
  jwks: authentication?.jwks ?? '',
  jwksUri: authentication?.jwksUri ?? '',
  idTokenAlgorithm: algorithms.find(([value]) => value === protocol?.idTokenAlgorithm)?.[0] ?? 'RS256',
  pushedRequestsOnly: Boolean(protocol?.pushedRequestsOnly),
  dpopOnly: Boolean(protocol?.dpopOnly),
  pairwiseSubjects: Boolean(protocol?.pairwiseSubjects),
  deviceGrant: Boolean(protocol?.deviceGrant),
});

/** How it proves itself and what it has chosen; what is not for its kind is left out. */
function securityOf(kind: Kind, fields: Fields) {
  const signs = kind !== 'PUBLIC_APP' && fields.method === 'PRIVATE_KEY_JWT';
  const protocol = {
    idTokenAlgorithm: fields.idTokenAlgorithm ?? 'RS256',
    pushedRequestsOnly: Boolean(fields.pushedRequestsOnly),
    dpopOnly: Boolean(fields.dpopOnly),
    pairwiseSubjects: Boolean(fields.pairwiseSubjects),
    deviceGrant: Boolean(fields.deviceGrant),
  };
  return {
    ...(kind !== 'PUBLIC_APP' && {
      authentication: {
        method: fields.method ?? 'CLIENT_SECRET',
        jwks: signs ? (fields.jwks ?? '').trim() : '',
        jwksUri: signs ? (fields.jwksUri ?? '').trim() : '',
      },
    }),
    ...(kind !== 'MACHINE' && { protocol }),
  };
}

/** What a client of this kind is registered with; what is not for its kind is left out. */
export const registrationOf = (kind: Kind, fields: Fields) => ({
  name: fields.name.trim(),
  scopes: fields.scopes,
  redirectUris: kind === 'MACHINE' ? [] : linesOf(fields.redirectUris),
  postLogoutRedirectUris: kind === 'MACHINE' ? [] : linesOf(fields.postLogoutRedirectUris),
  backchannelLogoutUri: kind === 'WEB' ? (fields.backchannelLogoutUri ?? '').trim() : '',
  pkceOptional: kind === 'WEB' && Boolean(fields.pkceOptional),
  ...securityOf(kind, fields),
});
