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
  quorum: Step['quorum'];
  atLeast: number;
  fourEyes: boolean;
  workingDays: number;
  mayReturn: boolean;
  mayReject: boolean;
  escalates: boolean;
  escalationIds: string[];
}

export const fieldsOf = (step: Step): Fields => ({
  titleZh: step.titleZh,
  titleEn: step.titleEn,
  who: step.deciders ? whoOf(step.deciders) : 'OWN',
  permission: step.deciders?.permission ?? '',
  personIds: step.deciders?.personIds ?? [],
  panelZh: step.deciders?.panelZh ?? '',
  quorum: step.quorum,
  atLeast: step.atLeast || 2,
  fourEyes: step.fourEyes,
  workingDays: step.workingDays,
  mayReturn: step.mayReturn,
  mayReject: step.mayReject,
  escalates: Boolean(step.escalation),
  escalationIds: step.escalation?.personIds ?? [],
});

const none: Deciders = { permission: '', place: 'PLACE_UNSPECIFIED', personIds: [], panelZh: '', panelEn: '' };

export function stepOf(fields: Fields): Step {
  const named = fields.who === 'PEOPLE';
  // "All" is for named people alone.
  const quorum = !named && fields.quorum === 'ALL' ? 'ONE' : fields.quorum;
  const step: Step = {
    titleZh: fields.titleZh.trim(),
    titleEn: fields.titleEn.trim(),
    deciders: named
      ? { ...none, personIds: fields.personIds, panelZh: fields.panelZh.trim() }
      : { ...none, permission: fields.permission, place: fields.who === 'PARENT' ? 'PARENT' : 'OWN' },
    quorum,
    atLeast: quorum === 'AT_LEAST' ? fields.atLeast : 0,
    fourEyes: fields.fourEyes,
    workingDays: fields.workingDays,
    mayReturn: fields.mayReturn,
    mayReject: fields.mayReject,
  };
  return fields.escalates ? { ...step, escalation: { ...none, personIds: fields.escalationIds } } : step;
}

/** A step to begin with: the first that is added, or one more. */
export const newStep = (at: number, permission: string): Fields => ({
  titleZh: '',
  titleEn: '',
  who: 'OWN',
  permission,
  personIds: [],
  panelZh: '',
  quorum: 'ONE',
  atLeast: 2,
  fourEyes: at > 0,
  workingDays: 5,
  mayReturn: true,
  mayReject: true,
  escalates: false,
  escalationIds: [],
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
