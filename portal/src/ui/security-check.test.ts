import { renderHook } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import { withProofOfWork } from '../api/proof-of-work';
import { onSecurityCheck, useSecurityCheck } from './security-check';

const refused = (difficulty: number) =>
  new Response(JSON.stringify({ code: 'PROOF_OF_WORK_REQUIRED', proof_of_work: { challenge: 'abc', difficulty } }), {
    status: 429,
  });

afterEach(() => {
  vi.useRealTimers();
});

test('a check that takes a while is told of until it is given up', async () => {
  const { result } = renderHook(() => useSecurityCheck());
  const stop = new AbortController();
  const request = new Request('https://cast.example/v1/sessions', { method: 'POST', signal: stop.signal });
  // Too hard to be solved while the test runs.
  const sent = withProofOfWork(request, () => Promise.resolve(refused(64))).catch(() => 'given up');
  expect(result.current).toBe(false);
  await vi.waitFor(() => expect(result.current).toBe(true), { timeout: 4000 });
  stop.abort();
  expect(await sent).toBe('given up');
  await vi.waitFor(() => expect(result.current).toBe(false));
});

test('one that is done at once is not told of', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { result } = renderHook(() => useSecurityCheck());
  const seen: boolean[] = [];
  const stop = onSecurityCheck((shown) => seen.push(shown));
  let asked = 0;
  const request = new Request('https://cast.example/v1/sessions', { method: 'POST' });
  const answer = await withProofOfWork(request, () =>
    Promise.resolve(asked++ === 0 ? refused(1) : new Response('{}', { status: 200 })),
  );
  expect(answer.status).toBe(200);
  // Longer than the moment after which a check is told of.
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(500);
  stop();
  expect(seen).toEqual([]);
  expect(result.current).toBe(false);
});
