import { expect, test } from 'vitest';
import type { Schema } from '../../../api/client';
import { after } from './after';

const row = (applicationId: string) =>
  ({ applicationId, state: 'IN_FIRST_REVIEW', etag: '1' }) as Schema<'Application'>;
const page: Schema<'ListApplicationsResponse'> = {
  applications: [row('a'), row('b'), row('c')],
  nextPageToken: '',
  inFirstReview: 3,
  inFinalReview: 1,
  overdue: 0,
};
const shown = ({ applications, inFirstReview, inFinalReview }: typeof page) => [
  applications.map(({ applicationId, etag }) => applicationId + etag).join(' '),
  inFirstReview,
  inFinalReview,
];

test('what passed the first review waits for the final one', () => {
  expect(shown(after(page, 'IN_FIRST_REVIEW', [{ applicationId: 'b', state: 'IN_FINAL_REVIEW' }]))).toEqual([
    'a1 c1',
    2,
    2,
  ]);
});

test('what was returned, refused or approved waits nowhere', () => {
  const left = [
    { applicationId: 'a', state: 'RETURNED' },
    { applicationId: 'c', state: 'APPROVED' },
  ] as const;
  expect(shown(after(page, 'IN_FIRST_REVIEW', left))).toEqual(['b1', 1, 1]);
});

test('what others have to decide as well stays, as it is now', () => {
  const voted = { applicationId: 'b', state: 'IN_FIRST_REVIEW', etag: '2' } as const;
  expect(shown(after(page, 'IN_FIRST_REVIEW', [voted]))).toEqual(['a1 b2 c1', 3, 1]);
});
