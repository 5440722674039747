import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, cleanup, renderHook } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Problem } from '../api/problem';
import { useCommand } from './command';

const announced = vi.hoisted(() => ({ success: vi.fn(), error: vi.fn() }));
vi.mock('./notices', () => ({ useNotices: () => ({ message: announced, confirm: () => undefined }) }));

const check = vi.hoisted(() => ({ shown: false }));
vi.mock('./security-check', () => ({ useSecurityCheck: () => check.shown }));

const refused = (status: number, code: string) => Problem.of(Response.json({ code, title: '没有办成' }, { status }));

let queries: QueryClient;
const command = () =>
  renderHook(() => useCommand(), {
    wrapper: ({ children }: { children: ReactNode }) => (
      <QueryClientProvider client={queries}>{children}</QueryClientProvider>
    ),
  }).result;

beforeEach(() => {
  queries = new QueryClient();
  vi.clearAllMocks();
  check.shown = false;
});
afterEach(cleanup);

test('success is announced and makes what it changed out of date', async () => {
  const invalidate = vi.spyOn(queries, 'invalidateQueries');
  const { current } = command();
  const done = await act(() =>
    current.run(() => Promise.resolve(3), { success: (count) => `${count} 份`, invalidates: [['members']] }),
  );
  expect(done).toBe(3);
  expect(announced.success).toHaveBeenCalledWith('3 份');
  expect(invalidate.mock.calls).toEqual([[{ queryKey: ['members'] }]]);
});

test('a refusal is shown, invalidates nothing but what has to be read again anyway, and resolves to nothing', async () => {
  const invalidate = vi.spyOn(queries, 'invalidateQueries');
  const problem = await refused(409, 'ETAG_MISMATCH');
  const { current } = command();
  const done = await act(() =>
    current.run((): Promise<string> => Promise.reject(problem), {
      success: '好了',
      invalidates: [['members']],
      refreshes: [['seats']],
    }),
  );
  expect(done).toBeUndefined();
  expect(announced.success).not.toHaveBeenCalled();
  expect(announced.error).toHaveBeenCalledOnce();
  expect(invalidate.mock.calls).toEqual([[{ queryKey: ['seats'] }]]);
});

test('a refusal that the caller has dealt with is not shown', async () => {
  const problem = await refused(409, 'ETAG_MISMATCH');
  const { current } = command();
  await act(() =>
    current.run((): Promise<string> => Promise.reject(problem), { onProblem: ({ code }) => code === 'ETAG_MISMATCH' }),
  );
  expect(announced.error).not.toHaveBeenCalled();
});

test('the key stays while the answer is unknown, and no longer', async () => {
  const keys: string[] = [];
  const sent = (answer: Promise<unknown>) => (header: { 'Idempotency-Key': string }) => {
    keys.push(header['Idempotency-Key']);
    return answer;
  };
  const lost = Problem.unreachable();
  const no = await refused(409, 'SEATS_TAKEN');
  const { current } = command();
  await act(() => current.run(sent(Promise.reject(lost))));
  await act(() => current.run(sent(Promise.reject(no))));
  await act(() => current.run(sent(Promise.resolve())));
  await act(() => current.run(sent(Promise.resolve())));
  expect(keys[1]).toBe(keys[0]);
  expect(keys[2]).not.toBe(keys[1]);
  expect(keys[3]).not.toBe(keys[2]);
});

test('after a lost answer the same is sent with the same key, anything else with another', async () => {
  const keys: string[] = [];
  const lost = Problem.unreachable();
  const { current } = command();
  for (const sends of ['ticket 1', 'ticket 1', 'ticket 2', 'ticket 1'])
    await act(() =>
      current.run(
        (header) => {
          keys.push(header['Idempotency-Key']);
          return Promise.reject(lost);
        },
        { sends },
      ),
    );
  expect(keys[1]).toBe(keys[0]);
  expect(new Set(keys).size).toBe(3);
});

test('a command is busy until the answer, and until the page is gone when success leads to another', async () => {
  const result = command();
  await act(() => result.current.run(() => Promise.resolve()));
  expect(result.current.busy).toBe(false);
  await act(() => result.current.run(() => Promise.reject(Problem.unreachable()), { leaves: true }));
  expect(result.current.busy).toBe(false);
  await act(() => result.current.run(() => Promise.resolve(), { leaves: true }));
  expect(result.current.busy).toBe(true);
});

test('a single command sends nothing while a request is under way, and can be sent again after it', async () => {
  const { current } = command();
  const request = vi.fn(() => Promise.resolve('checked in'));
  const [first, second] = await act(() =>
    Promise.all([current.run(request, { single: true }), current.run(request, { single: true })]),
  );
  expect([first, second]).toEqual(['checked in', undefined]);
  expect(request).toHaveBeenCalledOnce();
  await act(() => current.run(() => Promise.reject(Problem.unreachable()), { single: true }));
  expect(await act(() => current.run(request, { single: true }))).toBe('checked in');
});

test('a security check is told of by the command that waits for it alone', async () => {
  check.shown = true;
  const waits = command();
  const other = command();
  let finish: () => void = () => undefined;
  const answered = new Promise<void>((resolve) => (finish = resolve));
  let done: Promise<unknown> = Promise.resolve();
  act(() => {
    done = waits.current.run(() => answered);
  });
  expect([waits.current.checking, other.current.checking]).toEqual([true, false]);
  await act(async () => {
    finish();
    await done;
  });
  expect(waits.current.checking).toBe(false);
});
