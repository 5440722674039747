import { QueryClient } from '@tanstack/react-query';
import { beforeEach, expect, test, vi } from 'vitest';
import { meQuery } from './me';
import { Problem } from './problem';
import { signOut } from './session';

/** What the platform says to everything. */
const platform = vi.hoisted(() => ({ says: (): Promise<unknown> => Promise.resolve({ data: {} }) }));

vi.mock('./client', async (original) => ({
  ...(await original<typeof import('./client')>()),
  api: { GET: () => platform.says(), DELETE: () => platform.says() },
}));

const refuse = (status: number, code: string) => async () => {
  throw status === 0 ? Problem.unreachable() : await Problem.of(Response.json({ code }, { status }));
};
const me = { accountId: 'a', displayName: '王' };
let queries: QueryClient;

beforeEach(() => {
  localStorage.clear();
  localStorage.setItem('kept:tickets', '[{}]');
  queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
});

test('signing out leaves no account on the device, and nothing is kept', async () => {
  queries.setQueryData(meQuery.queryKey, me as never);
  platform.says = () => Promise.resolve({ data: {} });
  await signOut(queries);
  expect(queries.getQueryData(meQuery.queryKey)).toBeNull();
  expect(localStorage.length).toBe(0);
});

test('a session that had ended already is as good as signed out', async () => {
  queries.setQueryData(meQuery.queryKey, me as never);
  platform.says = refuse(401, 'UNAUTHENTICATED');
  await signOut(queries);
  expect(queries.getQueryData(meQuery.queryKey)).toBeNull();
});

test('a person is not told to be signed out while the session lives on; what was kept goes all the same', async () => {
  queries.setQueryData(meQuery.queryKey, me as never);
  platform.says = refuse(0, '');
  await expect(signOut(queries)).rejects.toThrow();
  expect(queries.getQueryData(meQuery.queryKey)).toEqual(me);
  expect(localStorage.length).toBe(0);
});

test('a person who was signed in stays on the page when the session ends; a visitor has no account', async () => {
  platform.says = refuse(401, 'UNAUTHENTICATED');
  expect(await queries.query(meQuery)).toBeNull();
  queries.setQueryData(meQuery.queryKey, me as never);
  expect(await queries.query({ ...meQuery, staleTime: 0 })).toEqual(me);
});
