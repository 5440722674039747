import { useSearchParams } from 'react-router';
import { authorizationIn, continueAt, goOn } from './authorization';

/** Where to go after signing in. Only pages of this platform are followed: a link must not redirect elsewhere (open redirect). */
export function safeReturnAddress(next: string | null): string {
  // A browser reads past control characters, and takes a backslash for a slash.
  if (!next?.startsWith('/') || /[\\\p{Cc}]/u.test(next)) return '/me';
  try {
    return new URL(next, window.location.origin).origin === window.location.origin ? next : '/me';
  } catch {
    return '/me';
  }
}

export function useReturnAddress(): string {
  const [search] = useSearchParams();
  const id = authorizationIn(search);
  return id ? continueAt(id) : safeReturnAddress(search.get('next'));
}

/** The authorization endpoint belongs to the gateway, so the browser itself has to go there. */
export function followReturnAddress(next: string, navigate: (to: string) => unknown): void {
  const id = /^\/oauth2\/authorize\/([0-9a-f-]+)$/.exec(next)?.[1];
  if (id) goOn(id);
  else if (next.startsWith('/oauth2/')) window.location.assign(next);
  else void navigate(next);
}
