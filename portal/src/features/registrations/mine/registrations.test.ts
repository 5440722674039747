import { expect, test } from 'vitest';
import { usableTickets } from './offline-tickets';
import { upcoming, type Registration } from './queries';
import { hoursOf } from './hours-format';

test('minutes are shown as hours', () => {
  expect(hoursOf(135, 'zh')).toBe('2.25');
  expect(hoursOf(90_000, 'en')).toBe('1,500');
});

test('seats still to be used come first, the next one first', () => {
  const seat = (registrationId: string, activityStartsAt: string, state: Registration['state'] = 'REGISTERED') =>
    ({ registrationId, activityStartsAt, state }) as Registration;
  const found = upcoming(
    [
      seat('late', '2026-06-09T00:00:00Z'),
      seat('soon', '2026-06-02T00:00:00Z'),
      seat('gone', '2026-05-01T00:00:00Z'),
      seat('back', '2026-06-03T00:00:00Z', 'CANCELLED'),
    ],
    Date.parse('2026-06-01T00:00:00Z'),
  );
  expect(found.map(({ registrationId }) => registrationId)).toEqual(['soon', 'late']);
});

test('a kept ticket is offered until a day after the start, the next one first', () => {
  const ticket = (registrationId: string, activityStartsAt: string) => ({
    registration: { registrationId, activityStartsAt } as Registration,
    token: 't',
  });
  const kept = [
    ticket('later', '2026-06-03T00:00:00Z'),
    ticket('over', '2026-05-30T00:00:00Z'),
    ticket('today', '2026-05-31T10:00:00Z'),
  ];
  expect(
    usableTickets(kept, Date.parse('2026-06-01T00:00:00Z')).map(({ registration }) => registration.registrationId),
  ).toEqual(['today', 'later']);
});
