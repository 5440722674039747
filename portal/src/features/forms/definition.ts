/** The JSON of a form; `crates/forms` says what each part means. */

export interface Words {
  zh?: string;
  en?: string;
}

export type Comparison = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge';

export type Operand = string | number | boolean | { todayPlusYears: number };

export type Condition =
  | { and: Condition[] }
  | { or: Condition[] }
  | { not: Condition }
  | { compare: { field: string; is: Comparison; to: Operand } }
  | { in: { field: string; values: (string | number)[] } }
  | { empty: { field: string } }
  | { count: { field: string; is: Comparison; to: number } };

export const kinds = [
  'text',
  'paragraphs',
  'integer',
  'decimal',
  'money',
  'date',
  'period',
  'single',
  'multiple',
  'ranking',
  'matrix',
  'scale',
  'yesNo',
  'division',
  'discipline',
  'organisation',
  'person',
  'file',
  'table',
  'agree',
] as const;
export type Kind = (typeof kinds)[number];

export interface Choice {
  key: string;
  title: Words;
}

/** What the platform can fill in. */
export type Binding = 'personName' | 'personNumber' | 'workplace';

export interface Field {
  key: string;
  type: Kind;
  title: Words;
  help?: Words;
  required?: boolean;
  condition?: Condition;
  binding?: Binding;
  sensitive?: boolean;
  exported?: boolean;
  min?: number | string;
  max?: number | string;
  unit?: Words;
  options?: Choice[];
  other?: boolean;
  rows?: Choice[];
  columns?: Field[];
}

export interface Section {
  title?: Words;
  help?: Words;
  condition?: Condition;
  fields: Field[];
}

export interface Page {
  title?: Words;
  sections: Section[];
}

export interface Definition {
  pages: Page[];
}

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Answers = Record<string, Json>;

/** All fields of a form, in order. */
export const fieldsOf = (form: Definition): Field[] =>
  form.pages.flatMap((page) => page.sections.flatMap((section) => section.fields));

/** The definition in an answer of the platform, which has checked it. */
export const definitionOf = (sent: unknown): Definition => {
  const given = sent as Partial<Definition> | null | undefined;
  return { pages: given?.pages ?? [] };
};
