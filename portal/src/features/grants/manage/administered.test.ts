import { expect, test } from 'vitest';
import { administered, fits } from './administered';

const roles = [
  { role: 'platform.security', administers: ['platform.audit', 'organisation.administrator'] },
  { role: 'organisation.administrator', administers: ['organisation.administrator', 'society.reviewer'] },
  { role: 'society.reviewer', administers: [] },
];
const above = new Set(['society', 'headquarters']);

test('one gives the roles that the own roles administer there', () => {
  const grants = [{ role: 'organisation.administrator', organisationId: 'headquarters' }];
  expect([...administered(roles, grants, above)]).toEqual(['organisation.administrator', 'society.reviewer']);
});

test('what one may do oneself is not what one gives: the security administrator appoints no reviewer', () => {
  const grants = [{ role: 'platform.security', organisationId: 'headquarters' }];
  expect(administered(roles, grants, above).has('platform.audit')).toBe(true);
  expect(administered(roles, grants, above).has('society.reviewer')).toBe(false);
});

test('a role elsewhere gives nothing here', () => {
  const grants = [{ role: 'organisation.administrator', organisationId: 'another' }];
  expect(administered(roles, grants, above).size).toBe(0);
});

test('roles of the platform as a whole stand at the headquarters', () => {
  expect(fits('platform.audit', false)).toBe(false);
  expect(fits('headquarters.leader', true)).toBe(true);
  expect(fits('society.reviewer', false)).toBe(true);
});
