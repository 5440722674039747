import type { Schema } from '../../api/client';

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
}

/** A draft on this device, for the time between typing and saving. */
interface Kept {
  accountId: string;
  /** The record it was typed on; empty before there was one. */
  etag: string;
  draft: Draft;
}

const keyOf = (organisationId: string) => `join:${organisationId}`;

export function keepDraft(organisationId: string, kept: Kept): void {
  sessionStorage.setItem(keyOf(organisationId), JSON.stringify(kept));
}

export function forgetDraft(organisationId: string): void {
  sessionStorage.removeItem(keyOf(organisationId));
}

/** What was typed by this person on the record as it still is; what another device saved since goes first. */
export function keptDraft(organisationId: string, accountId: string, etag: string): Draft | undefined {
  const text = sessionStorage.getItem(keyOf(organisationId));
  if (!text) return undefined;
  const kept = JSON.parse(text) as Kept;
  return kept.accountId === accountId && kept.etag === etag ? kept.draft : undefined;
}

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
  };
}

/** What is sent. */
export function bodyOf(draft: Draft): Schema<'UpdateApplicationRequest'> {
  const { category, education, ...rest } = draft;
  return { category, form: { ...rest, education: education ?? 'EDUCATION_UNSPECIFIED' } };
}
