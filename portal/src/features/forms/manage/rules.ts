import type { Comparison, Condition, Field } from '../definition';

/** A condition as the builder shows it: one or more rules, of which all hold or one. */
export interface Rules {
  all: boolean;
  rules: Rule[];
}

export type Operator = 'filled' | 'empty' | 'has' | Comparison;

export interface Rule {
  field: string;
  operator: Operator;
  value?: string | number | boolean;
}

/** How the answers to a question of this type can be looked at. */
export function operatorsFor(field: Field): Operator[] {
  switch (field.type) {
    case 'single':
      return ['eq', 'ne', 'filled', 'empty'];
    case 'yesNo':
      return ['eq'];
    case 'agree':
      return ['filled', 'empty'];
    case 'multiple':
      return ['has', 'filled', 'empty'];
    case 'integer':
    case 'scale':
    case 'money':
    case 'decimal':
    case 'date':
      return ['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'filled', 'empty'];
    default:
      return ['filled', 'empty'];
  }
}

export const needsValue = (operator: Operator): boolean => operator !== 'filled' && operator !== 'empty';

function ruleOf(condition: Condition): Rule | undefined {
  if ('empty' in condition) return { field: condition.empty.field, operator: 'empty' };
  if ('not' in condition && 'empty' in condition.not) return { field: condition.not.empty.field, operator: 'filled' };
  if ('compare' in condition && typeof condition.compare.to !== 'object') {
    const { field, is, to } = condition.compare;
    return { field, operator: is, value: to };
  }
  if ('in' in condition && condition.in.values.length === 1) {
    const [value] = condition.in.values;
    return value === undefined ? undefined : { field: condition.in.field, operator: 'has', value };
  }
  return undefined;
}

/** The rules of a condition; `undefined` if it says more than rules can, as one that a program has written. */
export function rulesOf(condition: Condition | undefined): Rules | undefined {
  if (!condition) return { all: true, rules: [] };
  const list = 'and' in condition ? condition.and : 'or' in condition ? condition.or : [condition];
  const rules = list.map(ruleOf);
  return rules.every((rule) => rule !== undefined) ? { all: !('or' in condition), rules } : undefined;
}

/** The condition of rules; one that is not finished is left out. */
export function conditionOf({ all, rules }: Rules): Condition | undefined {
  const list = rules.flatMap(({ field, operator, value }): Condition[] => {
    if (operator === 'empty') return [{ empty: { field } }];
    if (operator === 'filled') return [{ not: { empty: { field } } }];
    if (value === undefined || value === '') return [];
    if (operator === 'has') return [{ in: { field, values: [value as string | number] } }];
    return [{ compare: { field, is: operator, to: value } }];
  });
  if (list.length < 2) return list[0];
  return all ? { and: list } : { or: list };
}
