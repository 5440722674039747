import type { Deciders, Route, Step } from './calls';

/** Who decides a step: holders of a permission on the organisation or above it, or named people. */
export type Who = 'OWN' | 'PARENT' | 'PEOPLE';

export const whoOf = ({ permission, place }: Deciders): Who => {
  if (!permission) return 'PEOPLE';
  return place === 'PARENT' ? 'PARENT' : 'OWN';
};

/** What a form of one step holds. */
export interface Fields {
  titleZh: string;
  titleEn: string;
  who: Who;
  permission: string;
  personIds: string[];
  panelZh: string;
  panelEn: string;
  quorum: Step['quorum'];
  atLeast: number;
  fourEyes: boolean;
  workingDays: number;
  mayReturn: boolean;
  mayReject: boolean;
  escalates: boolean;
  escalationIds: string[];
  /** To whom it escalates, where that is not a list of people: kept as it is until people are chosen. */
  escalationTo: Deciders | null;
}

export const fieldsOf = (step: Step): Fields => ({
  titleZh: step.titleZh,
  titleEn: step.titleEn,
  who: step.deciders ? whoOf(step.deciders) : 'OWN',
  permission: step.deciders?.permission ?? '',
  personIds: step.deciders?.personIds ?? [],
  panelZh: step.deciders?.panelZh ?? '',
  panelEn: step.deciders?.panelEn ?? '',
  quorum: step.quorum,
  atLeast: step.atLeast || 2,
  fourEyes: step.fourEyes,
  workingDays: step.workingDays,
  mayReturn: step.mayReturn,
  mayReject: step.mayReject,
  escalates: Boolean(step.escalation),
  escalationIds: step.escalation?.personIds ?? [],
  escalationTo: step.escalation && (step.escalation.permission || step.escalation.panelZh) ? step.escalation : null,
});

/** Whether more than one have to let a step pass: then it can be returned in any case, so that it is not stuck when too few are left. */
export const several = ({
  who,
  quorum,
  atLeast,
  personIds,
}: Pick<Fields, 'who' | 'quorum' | 'atLeast' | 'personIds'>) =>
  (quorum === 'AT_LEAST' && atLeast > 1) || (quorum === 'ALL' && who === 'PEOPLE' && personIds.length > 1);

/** The same people, in whatever order. */
const alike = (one: readonly string[], other: readonly string[]) =>
  one.length === other.length && one.every((id) => other.includes(id));

const none: Deciders = { permission: '', place: 'PLACE_UNSPECIFIED', personIds: [], panelZh: '', panelEn: '' };

export function stepOf(fields: Fields): Step {
  const named = fields.who === 'PEOPLE';
  // "All" is for named people alone.
  const quorum = !named && fields.quorum === 'ALL' ? 'ONE' : fields.quorum;
  const step: Step = {
    titleZh: fields.titleZh.trim(),
    titleEn: fields.titleEn.trim(),
    deciders: named
      ? { ...none, personIds: fields.personIds, panelZh: fields.panelZh.trim(), panelEn: fields.panelEn.trim() }
      : { ...none, permission: fields.permission, place: fields.who === 'PARENT' ? 'PARENT' : 'OWN' },
    quorum,
    atLeast: quorum === 'AT_LEAST' ? fields.atLeast : 0,
    fourEyes: fields.fourEyes,
    workingDays: fields.workingDays,
    mayReturn: fields.mayReturn || several({ ...fields, quorum }),
    mayReject: fields.mayReject,
  };
  if (!fields.escalates) return step;
  const { escalationTo: to, escalationIds: personIds } = fields;
  const kept = to !== null && alike(to.personIds, personIds);
  return { ...step, escalation: kept ? to : { ...none, personIds } };
}

/** A step to begin with: the first that is added, or one more. */
export const newStep = (at: number, permission: string): Fields => ({
  titleZh: '',
  titleEn: '',
  who: 'OWN',
  permission,
  personIds: [],
  panelZh: '',
  panelEn: '',
  quorum: 'ONE',
  atLeast: 2,
  fourEyes: at > 0,
  workingDays: 5,
  mayReturn: true,
  mayReject: true,
  escalates: false,
  escalationIds: [],
  escalationTo: null,
});

export const replaced = ({ steps }: Route, at: number, step: Step): Route => ({
  steps: at < steps.length ? steps.map((old, index) => (index === at ? step : old)) : [...steps, step],
});

export const without = ({ steps }: Route, at: number): Route => ({ steps: steps.filter((_, index) => index !== at) });

export function moved({ steps }: Route, at: number, by: -1 | 1): Route {
  const [here, there] = [steps[at], steps[at + by]];
  if (!here || !there) return { steps };
  return { steps: steps.map((step, index) => (index === at ? there : index === at + by ? here : step)) };
}

/** Routes as they are compared: the same steps in the same order. */
export const same = (one: Route | undefined, other: Route | undefined): boolean => {
  const text = (route: Route | undefined) => JSON.stringify((route?.steps ?? []).map((step) => stepOf(fieldsOf(step))));
  return text(one) === text(other);
};
