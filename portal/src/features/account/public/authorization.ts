import type { Schema } from '../../../api/client';

const names = {
  clientId: 'client_id',
  redirectUri: 'redirect_uri',
  responseType: 'response_type',
  scope: 'scope',
  state: 'state',
  nonce: 'nonce',
  codeChallenge: 'code_challenge',
  codeChallengeMethod: 'code_challenge_method',
  responseMode: 'response_mode',
  maxAge: 'max_age',
} as const;

type Parameters = Schema<'AuthorizationParameters'>;

/** What a site asks for (OpenID Connect Core 1.0 section 3.1.2.1), out of the address of the page. */
export function parametersOf(search: URLSearchParams): Parameters {
  const asked = Object.entries(names).map(([name, query]) => [name, search.get(query) ?? '']);
  return Object.fromEntries(asked.filter(([, value]) => value)) as Parameters;
}

/** The same request for after signing in: what `max_age` and `prompt` ask for has happened then. */
export function afterSignIn(search: URLSearchParams): string {
  const again = new URLSearchParams(search);
  again.delete('max_age');
  again.delete('prompt');
  return `/oauth2/authorize?${again.toString()}`;
}

/**
 * Whether an answer goes to an app on this device (RFC 8252 section 7.1): the page stays where it is then. Its scheme has a dot in it;
 * schemes that browsers act on themselves have none, and are not followed.
 */
export function goesTo(address: string): 'site' | 'app' | 'nowhere' {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(address)?.[1]?.toLowerCase() ?? '';
  if (scheme === 'https' || scheme === 'http') return 'site';
  return scheme.includes('.') ? 'app' : 'nowhere';
}
