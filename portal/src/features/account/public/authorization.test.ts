import { expect, test, vi } from 'vitest';
import { authorizationIn, continueAt, goOn, goOnAgain } from './authorization';

const id = '019ad0c8-0000-7000-8000-000000000001';

test('a page knows a request by its id, and takes nothing else for one', () => {
  expect(authorizationIn(new URLSearchParams({ authorization: id }))).toBe(id);
  for (const other of ['', '7', '../../v1/me', `${id}/../x`, id.toUpperCase()])
    expect(authorizationIn(new URLSearchParams({ authorization: other }))).toBeNull();
  expect(continueAt(id)).toBe(`/oauth2/authorize/${id}`);
});

test('a request is gone on with once at a time, and again when the way led nowhere', () => {
  const assign = vi.fn();
  vi.stubGlobal('window', { location: { assign } });
  vi.useFakeTimers();
  goOn(id);
  goOn(id);
  expect(assign).toHaveBeenCalledExactlyOnceWith(continueAt(id));
  // The person asks for it.
  goOnAgain(id);
  expect(assign).toHaveBeenCalledTimes(2);
  goOn(id);
  expect(assign).toHaveBeenCalledTimes(2);
  // The network was away for a while, and the person signs in once more.
  vi.advanceTimersByTime(5000);
  goOn(id);
  expect(assign).toHaveBeenCalledTimes(3);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});
