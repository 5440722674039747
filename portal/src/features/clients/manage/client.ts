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
  kind === 'MACHINE' ? scopes : ['openid', 'profile', 'person_number'];
