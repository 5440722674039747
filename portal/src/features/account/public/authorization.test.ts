import { expect, test, vi } from 'vitest';
import { authorizationIn, continueAt, goOn } from './authorization';

const id = '019ad0c8-0000-7000-8000-000000000001';

test('a page knows a request by its id, and takes nothing else for one', () => {
  expect(authorizationIn(new URLSearchParams({ authorization: id }))).toBe(id);
  for (const other of ['', '7', '../../v1/me', `${id}/../x`, id.toUpperCase()])
    expect(authorizationIn(new URLSearchParams({ authorization: other }))).toBeNull();
  expect(continueAt(id)).toBe(`/oauth2/authorize/${id}`);
});

test('a request is gone on with once', () => {
  const assign = vi.fn();
  vi.stubGlobal('window', { location: { assign } });
  goOn(id);
  goOn(id);
  expect(assign).toHaveBeenCalledExactlyOnceWith(continueAt(id));
  vi.unstubAllGlobals();
});
