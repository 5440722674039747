import { expect, test } from 'vitest';
import type { Schema } from '../../../api/client';
import { needsGuardian, standing } from './queries';

const now = Date.parse('2026-11-28T10:00:00Z');
const later = '2026-11-29T10:00:00Z';
const code = { code: '7KQM-2XRT-9BHD', expiresAt: later };
const of = (state: string, codeExpiresAt?: string): Schema<'MyGuardianship'> => ({
  state: `GUARDIANSHIP_STATE_${state}` as Schema<'GuardianshipState'>,
  maskedGuardianName: '',
  ...(codeExpiresAt && { codeExpiresAt }),
});

test('only who is under 14 without a consent that stands needs a guardian', () => {
  expect(needsGuardian({ status: 'AWAITING_GUARDIAN' })).toBe(true);
  expect(needsGuardian({ status: 'SUSPENDED' })).toBe(true);
  expect(needsGuardian({ status: 'VERIFIED' })).toBe(false);
  expect(needsGuardian({ status: 'UNVERIFIED' })).toBe(false);
});

test('a code is shown where it was made, while it is good', () => {
  expect(standing(of('UNSPECIFIED', later), code, now)).toBe('code');
  expect(standing(of('UNSPECIFIED', later), null, now)).toBe('hidden');
  expect(standing(of('UNSPECIFIED'), null, now)).toBe('none');
  expect(standing(of('UNSPECIFIED', '2026-11-28T09:59:59Z'), code, now)).toBe('none');
});

test('a code that the guardian has entered is not handed on any more', () => {
  expect(standing(of('REQUESTED'), code, now)).toBe('requested');
});

test('a new code counts for more than an answer of before', () => {
  expect(standing(of('REFUSED'), null, now)).toBe('refused');
  expect(standing(of('WITHDRAWN'), null, now)).toBe('withdrawn');
  expect(standing(of('SUPERSEDED'), null, now)).toBe('none');
  expect(standing(of('REFUSED', later), code, now)).toBe('code');
});
