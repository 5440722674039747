import createClient, { type Middleware } from 'openapi-fetch';
import i18next from 'i18next';
import { Problem } from './problem';
import { withProofOfWork } from './proof-of-work';
import type { components, paths } from './schema';

/** The messages of the contract by name: `Schema<'Membership'>`. */
export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name];

const listeners = new Set<() => void>();

/** Subscribes to answers that say that the caller is not signed in, or that the session has ended. Returns how to unsubscribe. */
export function onUnauthenticated(listen: () => void): () => void {
  listeners.add(listen);
  return () => listeners.delete(listen);
}

const language: Middleware = {
  onRequest({ request }) {
    request.headers.set('Accept-Language', i18next.language === 'en' ? 'en' : 'zh-CN');
    return request;
  },
  async onResponse({ response }) {
    if (response.ok) return undefined;
    const problem = await Problem.of(response);
    if (problem.code === 'UNAUTHENTICATED') listeners.forEach((listen) => listen());
    throw problem;
  },
  onError() {
    return Problem.unreachable();
  },
};

/** The API of this origin, typed by its own OpenAPI document. Every refusal is thrown as a `Problem`. */
export const api = createClient<paths>({
  baseUrl: '/',
  fetch: (request) => withProofOfWork(request, (copy) => fetch(copy)),
});
api.use(language);

/** One per thing a person does; kept over retries, so that a double click or a lost answer does no harm. */
export function idempotencyKey(): string {
  return crypto.randomUUID();
}

/** The body of an answer that is there because nothing was thrown. */
export async function answer<T>(call: Promise<{ data?: T }>): Promise<T> {
  const { data } = await call;
  return data as T;
}

/** The `If-Match` header of a record that was read (RFC 9110 section 13.1.1): its etag as a strong entity tag. */
export function ifMatch(etag: string): { 'If-Match': string } {
  return { 'If-Match': `"${etag}"` };
}
