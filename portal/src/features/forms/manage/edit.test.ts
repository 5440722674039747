import { describe, expect, test } from 'vitest';
import { fieldsOf, type Definition, type Field } from '../definition';
import {
  before,
  choicesOf,
  fieldAt,
  moved,
  newField,
  replaced,
  retyped,
  withField,
  without,
  withSection,
} from './edit';
import { conditionOf, rulesOf } from './rules';

const field = (key: string): Field => ({ key, type: 'text', title: { zh: key } });
const empty: Definition = { pages: [] };
const keys = (form: Definition) => fieldsOf(form).map(({ key }) => key);
const first = { page: 0, section: 0 };

describe('a form is edited', () => {
  const two = withField(withField(empty, first, field('a')), first, field('b'));
  test('questions are added, moved and removed; what is empty goes with the last', () => {
    expect(keys(two)).toEqual(['a', 'b']);
    expect(keys(moved(two, 'b', -1))).toEqual(['b', 'a']);
    expect(moved(two, 'a', -1)).toEqual(two);
    expect(keys(withSection(two, field('c')))).toEqual(['a', 'b', 'c']);
    expect(without(without(two, 'a'), 'b')).toEqual(empty);
  });
  test('a condition can name what stands before', () => {
    expect(before(two, 'b').map(({ key }) => key)).toEqual(['a']);
    expect(replaced(two, { ...field('a'), required: true }).pages[0]?.sections[0]?.fields[0]?.required).toBe(true);
  });
  test('a refusal leads to its question', () => {
    expect(fieldAt(two, 'definition.pages[0].sections[0].fields[1].title.zh')?.key).toBe('b');
    expect(fieldAt(two, 'definition.pages')).toBeUndefined();
  });
});

test('choices keep their keys while they are reworded, and new ones get keys of their own', () => {
  const old = choicesOf('甲\n乙\n');
  expect(choicesOf('乙\n甲', old).map(({ key }) => key)).toEqual([old[1]?.key, old[0]?.key]);
  expect(choicesOf('甲\n丙', old).map(({ key }) => key)).toEqual(old.map(({ key }) => key));
  const more = choicesOf('丁\n甲\n乙', old);
  expect(old.map(({ key }) => key)).not.toContain(more[0]?.key);
});

test('another type keeps the words and leaves out what it has no use for', () => {
  const scale = { ...newField('scale', '满意'), required: true };
  expect(retyped(scale, 'text')).toEqual({ key: scale.key, type: 'text', title: { zh: '满意' }, required: true });
});

test('a condition is the rules that it was chosen by', () => {
  const rules = {
    all: false,
    rules: [
      { field: 'a', operator: 'eq' as const, value: true },
      { field: 'b', operator: 'filled' as const },
    ],
  };
  expect(rulesOf(conditionOf(rules))).toEqual(rules);
  expect(conditionOf({ all: true, rules: [{ field: 'a', operator: 'eq' }] })).toBeUndefined();
  expect(rulesOf({ not: { and: [] } })).toBeUndefined();
});
