import type { Schema } from '../../../api/client';
import type { Answers } from '../../forms';

export const categories = ['ORDINARY', 'STUDENT', 'SENIOR'] as const;
export const educations = ['SECONDARY', 'COLLEGE', 'BACHELOR', 'MASTER', 'DOCTOR'] as const;

/** What the wizard asks, as the form holds it. */
export interface Draft {
  category: (typeof categories)[number];
  employer: string;
  position: string;
  education: (typeof educations)[number] | null;
  researchField: string;
  divisionCode: string;
  statement: string;
  /** To what the society asks beyond these. */
  answers: Answers;
}

/** A draft on this device, for the time between typing and saving. */
interface Kept {
  accountId: string;
  /** What the platform held when the typing began: what differs from it was typed. */
  base: Draft;
  draft: Draft;
}

const keyOf = (organisationId: string) => `join:${organisationId}`;

export function keepDraft(organisationId: string, kept: Kept): void {
  sessionStorage.setItem(keyOf(organisationId), JSON.stringify(kept));
}

export function discardDraft(organisationId: string): void {
  sessionStorage.removeItem(keyOf(organisationId));
}

/** What the platform holds now, with what this person typed here and did not save yet. */
export function mergeTyped(organisationId: string, accountId: string, held: Draft): Draft {
  const text = sessionStorage.getItem(keyOf(organisationId));
  if (!text) return held;
  const kept = JSON.parse(text) as Partial<Kept>;
  return kept.accountId === accountId && kept.base && kept.draft ? merged(kept.base, kept.draft, held) : held;
}

/** Two people's work on one form, or one person's on two devices: what was typed here stays, all else is as it is held now. */
export function merged(base: Draft, typed: Draft, held: Draft): Draft {
  const fields = Object.keys(held) as (keyof Draft)[];
  return Object.fromEntries(
    fields.map((field) => [field, (same(typed[field], base[field]) ? held : typed)[field]]),
  ) as unknown as Draft;
}

/** Answers are objects, which are no longer the same objects after they were kept. */
const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

/** What the platform holds, or an empty form for a place of work that is known. */
export function draftOf(application: Schema<'Application'> | undefined, divisionCode: string): Draft {
  const form = application?.form;
  return {
    category: categories.find((known) => known === application?.category) ?? 'ORDINARY',
    employer: form?.employer ?? '',
    position: form?.position ?? '',
    education: educations.find((known) => known === form?.education) ?? null,
    researchField: form?.researchField ?? '',
    divisionCode: form ? form.divisionCode : divisionCode,
    statement: form?.statement ?? '',
    answers: (application?.answers ?? {}) as Answers,
  };
}

/** What is sent. */
export function bodyOf(draft: Draft): Schema<'UpdateApplicationRequest'> {
  const { category, education, answers, ...rest } = draft;
  return { category, form: { ...rest, education: education ?? 'EDUCATION_UNSPECIFIED' }, answers };
}
