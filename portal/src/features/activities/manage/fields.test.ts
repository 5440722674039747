import { expect, test } from 'vitest';
import type { Schema } from '../../../api/client';
import { changed, created, fieldsOf, inChina, local, refusedField } from './fields';

const activity: Schema<'Activity'> = {
  activityId: '',
  organisationId: '',
  organisationName: '',
  title: '青年论坛',
  description: '',
  kind: 'LECTURE',
  state: 'PUBLISHED',
  startsAt: '2026-12-31T16:30:00Z',
  endsAt: '2026-12-31T18:00:00Z',
  divisionCode: '110108',
  place: '一号厅',
  capacity: 10,
  seatsTaken: 0,
  creditMinutes: 45,
  cancelReason: '',
  reviewReason: '',
  etag: 'a',
  formVersion: 0,
};

test('a moment is shown and taken as the clock stands in China', () => {
  expect(local('2026-12-31T16:30:00Z')).toBe('2027-01-01T00:30');
  expect(Date.parse(inChina(local('2026-12-31T16:30:00Z')))).toBe(Date.parse('2026-12-31T16:30:00Z'));
  expect(local(undefined)).toBe('');
});

test('what was not touched is not sent', () => {
  const before = fieldsOf(activity);
  expect(changed(before, { ...before })).toEqual({});
  expect(changed(before, { ...before, title: ' 青年论坛 ' })).toEqual({});
  expect(changed(before, { ...before, capacity: 12, endsAt: '2027-01-01T03:00' })).toEqual({
    capacity: 12,
    endsAt: '2027-01-01T03:00:00+08:00',
  });
});

test('a deadline that is emptied is taken away, so that it follows the start again', () => {
  const before = fieldsOf({ ...activity, registrationClosesAt: '2026-12-30T00:00:00Z' });
  expect(changed(before, { ...before, registrationClosesAt: '' })).toEqual({ registrationClosesAt: null });
  expect(changed(before, { ...before, registrationClosesAt: '2026-12-29T08:00' })).toEqual({
    registrationClosesAt: '2026-12-29T08:00:00+08:00',
  });
});

test('the place on the map changes too, and none is online', () => {
  const before = fieldsOf(activity);
  expect(changed(before, { ...before, divisionCode: '310115' })).toEqual({ divisionCode: '310115' });
  expect(changed(before, { ...before, divisionCode: '' })).toEqual({ divisionCode: '' });
});

test('a refusal is said at the field that was changed', () => {
  const startsAt = '2026-12-31T08:00:00+08:00';
  expect(refusedField('CREDIT_EXCEEDS_LENGTH', { endsAt: startsAt }, true)).toBe('endsAt');
  expect(refusedField('CREDIT_EXCEEDS_LENGTH', { creditMinutes: 90 }, false)).toBe('creditMinutes');
  expect(refusedField('DEADLINE_BEFORE_REGISTRATIONS', { startsAt }, true)).toBe('startsAt');
  expect(refusedField('DEADLINE_BEFORE_REGISTRATIONS', { startsAt, registrationClosesAt: null }, true)).toBe(
    'registrationClosesAt',
  );
  expect(refusedField('CHECK_INS_RECORDED', { divisionCode: '310115' }, true)).toBe('divisionCode');
  expect(refusedField('CHECK_INS_RECORDED', { divisionCode: '310115', endsAt: startsAt }, true)).toBe('endsAt');
  expect(refusedField('CONFLICT', { startsAt }, true)).toBeUndefined();
});

test('a new activity without a deadline names none', () => {
  const { registrationClosesAt: _, ...fields } = fieldsOf(activity);
  expect(created(fields)).not.toHaveProperty('registrationClosesAt');
  expect(created(fields).startsAt).toBe('2027-01-01T00:30:00+08:00');
});
