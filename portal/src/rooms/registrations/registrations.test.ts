import { expect, test } from 'vitest';
import { upcoming, type Registration } from './queries';
import { hoursOf } from './time';

test('minutes are shown as hours', () => {
  expect(hoursOf(135, 'zh')).toBe('2.25');
  expect(hoursOf(90_000, 'en')).toBe('1,500');
});

test('seats still to be used come first, the next one first', () => {
  const seat = (registrationId: string, activityStartsAt: string, state: Registration['state'] = 'REGISTERED') => ({ registrationId, activityStartsAt, state }) as Registration;
  const found = upcoming(
    [seat('late', '2026-06-09T00:00:00Z'), seat('soon', '2026-06-02T00:00:00Z'), seat('gone', '2026-05-01T00:00:00Z'), seat('back', '2026-06-03T00:00:00Z', 'CANCELLED')],
    Date.parse('2026-06-01T00:00:00Z'),
  );
  expect(found.map(({ registrationId }) => registrationId)).toEqual(['soon', 'late']);
});
