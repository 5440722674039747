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
  kind === 'MACHINE' ? scopes : ['openid', 'profile', 'person_number', 'email', 'phone', 'offline_access'];

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

/** What a client of this kind is registered with; what is not for its kind is left out. */
export const registrationOf = (kind: Kind, fields: Fields) => ({
  name: fields.name.trim(),
  scopes: fields.scopes,
  redirectUris: kind === 'MACHINE' ? [] : linesOf(fields.redirectUris),
  postLogoutRedirectUris: kind === 'MACHINE' ? [] : linesOf(fields.postLogoutRedirectUris),
  backchannelLogoutUri: kind === 'WEB' ? (fields.backchannelLogoutUri ?? '').trim() : '',
  pkceOptional: kind === 'WEB' && Boolean(fields.pkceOptional),
});
