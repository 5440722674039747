import { expect, test } from 'vitest';
import { fieldsOf, moved, newStep, replaced, same, stepOf, without } from './edit';

const step = (titleZh: string) => stepOf({ ...newStep(0, 'applications.review'), titleZh });
const route = { steps: [step('初审'), step('复审'), step('终审')] };
const titles = ({ steps }: typeof route) => steps.map(({ titleZh }) => titleZh).join('');

test('a step is what its form makes of it', () => {
  const panel = stepOf({
    ...newStep(1, 'applications.review'),
    titleZh: ' 评审 ',
    who: 'PEOPLE',
    personIds: ['a', 'b'],
    panelZh: '专家组',
    quorum: 'ALL',
    escalates: true,
    escalationIds: ['c'],
  });
  expect(panel.titleZh).toBe('评审');
  expect(panel.deciders).toMatchObject({ permission: '', personIds: ['a', 'b'], panelZh: '专家组' });
  expect(panel.escalation?.personIds).toEqual(['c']);
  expect(stepOf(fieldsOf(panel))).toEqual(panel);
  // Where a permission decides there is no "all".
  expect(stepOf({ ...fieldsOf(panel), who: 'OWN', permission: 'applications.review' }).quorum).toBe('ONE');
});

test('what the form does not show of a step is kept', () => {
  const none = { permission: '', place: 'PLACE_UNSPECIFIED', personIds: [], panelZh: '', panelEn: '' } as const;
  const stored = {
    ...stepOf({ ...newStep(1, 'applications.review'), titleZh: '评审', titleEn: 'Panel' }),
    deciders: { ...none, personIds: ['a', 'b'], panelZh: '专家组', panelEn: 'Experts' },
    escalation: { ...none, personIds: [], permission: 'applications.approve', place: 'OWN' as const },
  };
  expect(stepOf(fieldsOf(stored))).toEqual(stored);
  // People who are chosen take the place of those who hold a permission.
  expect(stepOf({ ...fieldsOf(stored), escalationIds: ['c'] }).escalation).toEqual({ ...none, personIds: ['c'] });
  expect(same({ steps: [stored] }, { steps: [{ ...stored, escalation: { ...none, personIds: ['c'] } }] })).toBe(false);
});

test('where several have to agree a step can be returned', () => {
  const fields = { ...newStep(0, 'applications.review'), titleZh: '会审', mayReturn: false };
  expect(stepOf(fields).mayReturn).toBe(false);
  expect(stepOf({ ...fields, quorum: 'AT_LEAST', atLeast: 2 }).mayReturn).toBe(true);
  expect(stepOf({ ...fields, who: 'PEOPLE', personIds: ['a', 'b'], quorum: 'ALL' }).mayReturn).toBe(true);
  expect(stepOf({ ...fields, who: 'PEOPLE', personIds: ['a'], quorum: 'ALL' }).mayReturn).toBe(false);
});

test('steps are moved, replaced, added and removed', () => {
  expect(titles(moved(route, 2, -1))).toBe('初审终审复审');
  expect(titles(moved(route, 0, -1))).toBe('初审复审终审');
  expect(titles(replaced(route, 1, step('会审')))).toBe('初审会审终审');
  expect(titles(replaced(route, 3, step('公示')))).toBe('初审复审终审公示');
  expect(titles(without(route, 0))).toBe('复审终审');
  expect(same(route, moved(moved(route, 0, 1), 1, -1))).toBe(true);
  expect(same(route, undefined)).toBe(false);
});
