import type { Schema } from '../../../api/client';

export type Kind = Exclude<Schema<'OrganisationKind'>, 'KIND_UNSPECIFIED'>;

/** What can stand directly below what; the platform refuses the rest. */
const below: Record<Kind, readonly Kind[]> = {
  HEADQUARTERS: ['REGIONAL_ASSOCIATION', 'NATIONAL_SOCIETY'],
  REGIONAL_ASSOCIATION: ['REGIONAL_ASSOCIATION', 'LOCAL_SOCIETY', 'GRASSROOTS'],
  NATIONAL_SOCIETY: ['BRANCH', 'GRASSROOTS'],
  LOCAL_SOCIETY: ['BRANCH', 'GRASSROOTS'],
  BRANCH: ['BRANCH', 'GRASSROOTS'],
  GRASSROOTS: ['GRASSROOTS'],
};

export const kindsBelow = (parent: Schema<'OrganisationKind'>): readonly Kind[] =>
  parent === 'KIND_UNSPECIFIED' ? [] : below[parent];

/** Societies belong to a class of subjects, the others to none. */
export const hasClass = (kind: Kind | undefined): boolean => kind === 'NATIONAL_SOCIETY' || kind === 'LOCAL_SOCIETY';

export const classes = ['SCIENCE', 'ENGINEERING', 'AGRICULTURE', 'MEDICINE', 'INTERDISCIPLINARY'] as const;
