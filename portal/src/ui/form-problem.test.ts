import { expect, test } from 'vitest';
import { problemInForm } from './form-problem';

const of = (code: string, violations: { field: string; description: string }[] = []) => ({
  code,
  title: '没有办成',
  detail: '请改一改。',
  violations,
});

test('what names a field is said at it, by the last part of its path', () => {
  const violations = [
    { field: 'form.employer', description: '请填写单位' },
    { field: 'redirectUris[1]', description: '请填写完整地址' },
  ];
  expect(problemInForm(of('INVALID_ARGUMENT', violations), new Set(['employer', 'redirectUris']))).toEqual({
    fields: [
      ['employer', '请填写单位'],
      ['redirectUris', '请填写完整地址'],
    ],
    message: '',
  });
});

test('what names a field that the form does not show is said in full', () => {
  const violations = [
    { field: 'place', description: '请填写地点' },
    { field: 'requestId', description: '编号太长' },
  ];
  expect(problemInForm(of('INVALID_ARGUMENT', violations), new Set(['place']))).toEqual({
    fields: [['place', '请填写地点']],
    message: '没有办成。编号太长',
  });
  expect(problemInForm(of('INVALID_ARGUMENT', violations), new Set()).message).toBe('没有办成。请填写地点。编号太长');
});

test('a reason that is about one field is said at it, what to do included', () => {
  expect(problemInForm(of('ORGANISATION_CODE_TAKEN'), new Set(['code', 'name']))).toEqual({
    fields: [['code', '没有办成。请改一改。']],
    message: '',
  });
  expect(problemInForm(of('ORGANISATION_CODE_TAKEN'), new Set(['name'])).message).toBe('没有办成。请改一改。');
  expect(problemInForm(of('CONFLICT'), new Set(['name'])).fields).toEqual([]);
});

test('the caller may know better which field it is about', () => {
  const shown = new Set(['creditMinutes', 'endsAt']);
  expect(problemInForm(of('CREDIT_EXCEEDS_LENGTH'), shown).fields[0]?.[0]).toBe('creditMinutes');
  expect(problemInForm(of('CREDIT_EXCEEDS_LENGTH'), shown, 'endsAt').fields[0]?.[0]).toBe('endsAt');
  expect(problemInForm(of('CREDIT_EXCEEDS_LENGTH'), shown, 'gone').fields[0]?.[0]).toBe('creditMinutes');
});

test('English sentences end with a stop', () => {
  const said = { code: 'CODE_WRONG', title: 'The code is wrong', detail: 'Type it again.', violations: [] };
  expect(problemInForm(said, new Set(['code'])).fields).toEqual([['code', 'The code is wrong. Type it again.']]);
});
