import { beforeEach, expect, test } from 'vitest';
import type { Schema } from '../../../api/client';
import { bodyOf, draftOf, discardDraft, keepDraft, merged, mergeTyped } from './draft';

beforeEach(() => sessionStorage.clear());

const empty = draftOf(undefined, '110108');

test('what was typed comes back to the same person in the same form', () => {
  const draft = { ...empty, employer: '某研究所', education: 'DOCTOR' as const };
  keepDraft('o', { accountId: 'a', base: empty, draft });
  expect(mergeTyped('o', 'a', empty)).toEqual(draft);
  expect(mergeTyped('o', 'b', empty)).toEqual(empty);
  expect(mergeTyped('p', 'a', empty)).toEqual(empty);
  discardDraft('o');
  expect(mergeTyped('o', 'a', empty)).toEqual(empty);
});

test('a record that changed elsewhere overwrites nothing that was typed here', () => {
  const typed = { ...empty, education: 'DOCTOR' as const, statement: '' };
  const held = { ...empty, employer: '某大学', education: 'MASTER' as const, statement: '写在手机上' };
  expect(merged(empty, typed, held)).toEqual({ ...held, education: 'DOCTOR' });
  keepDraft('o', { accountId: 'a', base: empty, draft: typed });
  expect(mergeTyped('o', 'a', held).education).toBe('DOCTOR');
});

test('answers that are the same are not what was typed', () => {
  const held = { ...empty, answers: { q1: '新' } };
  const base = { ...empty, answers: { q1: '旧' } };
  expect(merged(base, { ...empty, answers: { q1: '旧' } }, held).answers).toEqual({ q1: '新' });
});

test('what was emptied here stays empty', () => {
  const base = { ...empty, statement: '第一稿' };
  expect(merged(base, { ...base, statement: '' }, base).statement).toBe('');
});

test('a record and its form say the same', () => {
  const form = {
    employer: '某大学',
    position: '',
    education: 'EDUCATION_UNSPECIFIED',
    researchField: '数据库',
    statement: '',
    divisionCode: '',
  } as const;
  const answers = { q1: '是' };
  const draft = draftOf({ category: 'STUDENT', form, answers } as unknown as Schema<'Application'>, '110108');
  expect(draft.education).toBeNull();
  expect(bodyOf(draft)).toEqual({ category: 'STUDENT', form, answers });
});
