import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { answer, api } from '../../../api/client';
import { useMe } from '../../../api/me';
import { suggestLanguage } from '../../../ui/i18n';

/** The id of a site's request in the address of a page; what the site asked for stays on the server. */
export function authorizationIn(search: URLSearchParams): string | null {
  const id = search.get('authorization') ?? '';
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id) ? id : null;
}

/** Where the browser goes when the person has done what was asked: back to the site, or to the next question. */
export const continueAt = (id: string): string => `/oauth2/authorize/${id}`;

/** A way that was taken is not taken again within this time, in milliseconds: the page draws itself more than once while it is left. */
const ONCE_WITHIN = 5000;
/** When the browser went on with a request. Each is answered once, so two ways at the same moment would end in a refusal. */
const gone = new Map<string, number>();
if (typeof window !== 'undefined')
  window.addEventListener('pageshow', (event) => {
    // The person has come back, and may decide again.
    if (event.persisted) gone.clear();
  });

export function goOn(id: string): void {
  const now = Date.now();
  if (now - (gone.get(id) ?? -ONCE_WITHIN) < ONCE_WITHIN) return;
  gone.set(id, now);
  window.location.assign(continueAt(id));
}

/** The same because the person asks for it: the way that was taken has led nowhere. */
export function goOnAgain(id: string): void {
  gone.delete(id);
  goOn(id);
}

/** What a site asked for. Asked again for another person: what is left to do depends on who is signed in. */
export function useAuthorization(id: string | null) {
  const me = useMe();
  const query = useQuery({
    queryKey: ['authorization', id, me.data?.accountId ?? null],
    queryFn: () =>
      answer(api.GET('/v1/authorizations/{authorizationId}', { params: { path: { authorizationId: id ?? '' } } })),
    enabled: Boolean(id) && me.data !== undefined,
    staleTime: Infinity,
    retry: false,
  });
  const locales = query.data?.uiLocales;
  useEffect(() => {
    if (locales) void suggestLanguage(locales);
  }, [locales]);
  return query;
}
