import { useSearchParams } from 'react-router';

/** Where to go after signing in: only pages of this platform are followed, so that nobody is led astray by a link. */
export function safeNext(next: string | null): string {
  if (!next || !next.startsWith('/') || next.startsWith('//') || next.includes('\\')) return '/me';
  return next;
}

export function useNext(): string {
  const [search] = useSearchParams();
  return safeNext(search.get('next'));
}

/** The authorization endpoint belongs to the gateway, so the browser itself has to go there. */
export function leave(next: string, navigate: (to: string) => unknown): void {
  if (next.startsWith('/oauth2/')) window.location.assign(next);
  else void navigate(next);
}
