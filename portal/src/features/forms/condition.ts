import type { Comparison, Condition, Field, Json } from './definition';
import { day, millionths, plusYears, whole } from './numbers';

/** The answer to a field that has an order, as a number that has it too. */
export function ordered(field: Field, value: Json | undefined): number | undefined {
  if (field.type === 'decimal') return typeof value === 'string' ? millionths(value) : undefined;
  if (field.type === 'date') return typeof value === 'string' ? day(value) : undefined;
  return whole(value);
}

/** The answer as a text that conditions compare. */
export const textOf = (value: Json | undefined): string | undefined =>
  typeof value === 'string'
    ? value
    : typeof value === 'object' && value !== null && !Array.isArray(value)
      ? 'other'
      : undefined;

const compares: Record<Comparison, (left: number | string | boolean, right: number | string | boolean) => boolean> = {
  eq: (left, right) => left === right,
  ne: (left, right) => left !== right,
  lt: (left, right) => left < right,
  le: (left, right) => left <= right,
  gt: (left, right) => left > right,
  ge: (left, right) => left >= right,
};

const numeric = new Set(['integer', 'scale', 'money', 'decimal', 'date']);

/** Whether a condition of a checked form holds, for the answers to the fields before it in normal form. `today`: 20261129. */
export function holds(
  condition: Condition,
  fields: ReadonlyMap<string, Field>,
  answers: ReadonlyMap<string, Json>,
  today: number,
): boolean {
  const again = (one: Condition) => holds(one, fields, answers, today);
  if ('and' in condition) return condition.and.every(again);
  if ('or' in condition) return condition.or.some(again);
  if ('not' in condition) return !again(condition.not);
  if ('empty' in condition) return !answers.has(condition.empty.field);
  if ('count' in condition) {
    const value = answers.get(condition.count.field);
    const count = typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
    return compares[condition.count.is](count, condition.count.to);
  }
  if ('in' in condition) {
    const { field: key, values } = condition.in;
    const field = fields.get(key);
    const value = answers.get(key);
    if (!field || value === undefined) return false;
    if (numeric.has(field.type)) {
      const number = ordered(field, value);
      return number !== undefined && values.some((one) => ordered(field, one) === number);
    }
    const known = (one: Json) => {
      const text = textOf(one);
      return text !== undefined && values.includes(text);
    };
    return Array.isArray(value) ? value.some(known) : known(value);
  }
  const { field: key, is, to } = condition.compare;
  const field = fields.get(key);
  const value = answers.get(key);
  if (!field || value === undefined) return false;
  if (numeric.has(field.type)) {
    const left = ordered(field, value);
    const right = typeof to === 'object' ? plusYears(today, to.todayPlusYears) : ordered(field, to);
    return left !== undefined && right !== undefined && compares[is](left, right);
  }
  if (typeof to === 'object') return false;
  const left = typeof value === 'boolean' ? value : textOf(value);
  return left !== undefined && compares[is](left, to);
}
