import { beforeEach, expect, test } from 'vitest';
import type { Schema } from '../../api/client';
import { bodyOf, draftOf, forgetDraft, keepDraft, keptDraft } from './draft';

beforeEach(() => sessionStorage.clear());

test('what was typed comes back to the same person, on the same record', () => {
  const draft = { ...draftOf(undefined, '110108'), employer: '某研究所' };
  keepDraft('o', { accountId: 'a', etag: 'v1', draft });
  expect(keptDraft('o', 'a', 'v1')).toEqual(draft);
  expect(keptDraft('o', 'b', 'v1')).toBeUndefined();
  expect(keptDraft('o', 'a', 'v2')).toBeUndefined();
  expect(keptDraft('p', 'a', 'v1')).toBeUndefined();
  forgetDraft('o');
  expect(keptDraft('o', 'a', 'v1')).toBeUndefined();
});

test('a record and its form say the same', () => {
  const form = { employer: '某大学', position: '', education: 'EDUCATION_UNSPECIFIED', researchField: '数据库', statement: '', divisionCode: '' } as const;
  const draft = draftOf({ category: 'STUDENT', form } as Schema<'Application'>, '110108');
  expect(draft.education).toBeNull();
  expect(bodyOf(draft)).toEqual({ category: 'STUDENT', form });
});
