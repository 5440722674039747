import { expect, test } from 'vitest';
import { administered, fits } from './administered';

const roles = [
  {
    role: 'platform.security',
    administers: ['platform.audit', 'organisation.administrator'],
    administersOnHeadquarters: ['society.reviewer'],
  },
  {
    role: 'organisation.administrator',
    administers: ['organisation.administrator', 'society.reviewer'],
    administersOnHeadquarters: [],
  },
  { role: 'society.reviewer', administers: [], administersOnHeadquarters: [] },
];
const above = new Set(['society', 'headquarters']);

test('one gives the roles that the own roles administer there', () => {
  const grants = [{ role: 'organisation.administrator', organisationId: 'society' }];
  expect([...administered(roles, grants, above, false)]).toEqual(['organisation.administrator', 'society.reviewer']);
});

test('the security administrator appoints reviewers at the headquarters, and nowhere else', () => {
  const grants = [{ role: 'platform.security', organisationId: 'headquarters' }];
  expect(administered(roles, grants, above, false).has('platform.audit')).toBe(true);
  expect(administered(roles, grants, above, false).has('society.reviewer')).toBe(false);
  expect(administered(roles, grants, above, true).has('society.reviewer')).toBe(true);
});

test('a role elsewhere gives nothing here', () => {
  const grants = [{ role: 'organisation.administrator', organisationId: 'another' }];
  expect(administered(roles, grants, above, false).size).toBe(0);
});

test('a role is offered where it is given', () => {
  const platform = { onHeadquarters: true, belowHeadquarters: false };
  const administrator = { onHeadquarters: false, belowHeadquarters: true };
  expect([fits(platform, true), fits(platform, false)]).toEqual([true, false]);
  expect([fits(administrator, true), fits(administrator, false)]).toEqual([false, true]);
});
