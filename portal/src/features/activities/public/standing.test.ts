import { expect, test } from 'vitest';
import type { Schema } from '../../../api/client';
import { standingOf } from './standing';

const activity = {
  state: 'PUBLISHED',
  startsAt: '2026-06-02T06:00:00Z',
  endsAt: '2026-06-02T09:00:00Z',
  registrationClosesAt: '2026-06-01T00:00:00Z',
  capacity: 2,
  seatsTaken: 1,
} as Schema<'Activity'>;
const seat = { state: 'REGISTERED' } as Schema<'Registration'>;
const at = (moment: string) => Date.parse(moment);

test('what can be done about an activity', () => {
  const early = at('2026-05-01T00:00:00Z');
  expect(standingOf(activity, null, early)).toBe('open');
  expect(standingOf({ ...activity, seatsTaken: 2 }, null, early)).toBe('full');
  expect(standingOf({ ...activity, seatsTaken: 2 }, seat, early)).toBe('registered');
  expect(standingOf({ ...activity, state: 'CANCELLED' }, seat, early)).toBe('cancelled');
  expect(standingOf(activity, null, at('2026-06-01T00:00:00Z'))).toBe('closed');
  expect(standingOf(activity, seat, at('2026-06-01T12:00:00Z'))).toBe('registered');
  expect(standingOf(activity, null, at('2026-06-02T07:00:00Z'))).toBe('started');
  expect(standingOf(activity, null, at('2026-06-02T09:00:00Z'))).toBe('finished');
  expect(standingOf(activity, { ...seat, state: 'ATTENDED' }, at('2026-06-03T00:00:00Z'))).toBe('attended');
});
