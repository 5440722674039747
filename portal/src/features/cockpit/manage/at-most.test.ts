import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { atMost } from './at-most';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('the first change acts at once, those after it together when the time is over', () => {
  const act = vi.fn();
  const follow = atMost(5_000, act);
  follow.changed();
  vi.advanceTimersByTime(0);
  expect(act).toHaveBeenCalledTimes(1);
  follow.changed();
  vi.advanceTimersByTime(2_000);
  follow.changed();
  vi.advanceTimersByTime(2_999);
  expect(act).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1);
  expect(act).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(60_000);
  expect(act).toHaveBeenCalledTimes(2);
});

test('a change that waits is forgotten when nothing follows any more', () => {
  const act = vi.fn();
  const follow = atMost(5_000, act);
  follow.changed();
  follow.stop();
  vi.advanceTimersByTime(60_000);
  expect(act).not.toHaveBeenCalled();
});
