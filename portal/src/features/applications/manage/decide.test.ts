import { expect, test } from 'vitest';
import type { Schema } from '../../../api/client';
import { offered, offeredOnRoute } from './decide';

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

test('on a route what the step allows the reader is offered, and nothing else', () => {
  const held: Schema<'Case'> = {
    state: 'WAITING',
    routeVersion: 1,
    step: 2,
    steps: 2,
    stepTitleZh: '终审',
    stepTitleEn: '',
    stages: [],
    expectedOn: '',
    overdue: false,
    decidable: true,
    mayPass: true,
    mayReturn: true,
    mayReject: true,
  };
  expect(offeredOnRoute(held)).toEqual(['APPROVE', 'RETURN', 'REJECT']);
  expect(offeredOnRoute({ ...held, step: 1 })).toEqual(['PASS_FIRST_REVIEW', 'RETURN', 'REJECT']);
  // Who decided an earlier step returns, but does not let it pass.
  expect(offeredOnRoute({ ...held, mayPass: false, mayReject: false })).toEqual(['RETURN']);
  expect(offeredOnRoute({ ...held, decidable: false })).toEqual([]);
});
