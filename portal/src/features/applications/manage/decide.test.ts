import { expect, test } from 'vitest';
import { offered } from './decide';

const may =
  (...held: string[]) =>
  (permission: string) =>
    held.includes(permission);

test('a first reviewer passes on and returns, but does not admit', () => {
  expect(offered('IN_FIRST_REVIEW', may('applications.review'))).toEqual(['PASS_FIRST_REVIEW', 'RETURN']);
  expect(offered('IN_FINAL_REVIEW', may('applications.review'))).toEqual(['RETURN']);
});

test('an approver decides in the final review only', () => {
  const approver = may('applications.review', 'applications.approve');
  expect(offered('IN_FIRST_REVIEW', approver)).toEqual(['PASS_FIRST_REVIEW', 'RETURN']);
  expect(offered('IN_FINAL_REVIEW', approver)).toEqual(['APPROVE', 'RETURN', 'REJECT']);
});
