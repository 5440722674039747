import { fieldsOf, type Choice, type Definition, type Field, type Kind, type Section } from '../definition';

/** Where a section stands. */
export interface Place {
  page: number;
  section: number;
}

/** What the builder offers; the interface for programs knows all types. */
export const offered: readonly Kind[] = [
  'text',
  'paragraphs',
  'single',
  'multiple',
  'yesNo',
  'date',
  'period',
  'file',
  'integer',
  'decimal',
  'money',
  'scale',
  'ranking',
  'matrix',
  'table',
  'division',
  'discipline',
  'organisation',
  'person',
  'agree',
];

export const columnKinds: readonly Kind[] = [
  'text',
  'integer',
  'decimal',
  'money',
  'date',
  'yesNo',
  'division',
  'discipline',
  'person',
];

/** A key that was never used before: answers to a question that is gone must not become answers to another. */
export const newKey = (letter = 'q'): string => `${letter}${crypto.randomUUID().replaceAll('-', '').slice(0, 12)}`;

/** A new question of a type, with what the type needs. */
export function newField(type: Kind, title: string): Field {
  const field: Field = { key: newKey(), type, title: { zh: title } };
  if (type === 'scale') return { ...field, min: 1, max: 5 };
  return field;
}

/** The same question as another type: what only the old type has is left out. */
export function retyped(field: Field, type: Kind): Field {
  const { key, title, help, required, condition } = field;
  const choices = (kind: Kind) => ['single', 'multiple', 'ranking', 'matrix'].includes(kind);
  return {
    ...newField(type, ''),
    ...(help ? { help } : {}),
    ...(required ? { required } : {}),
    ...(condition ? { condition } : {}),
    key,
    title,
    ...(choices(type) && choices(field.type) && field.options ? { options: field.options } : {}),
  };
}

/** A list of choices from lines of text; a line that was there before keeps its key. */
export function choicesOf(lines: string, before: readonly Choice[] = []): Choice[] {
  const titles = [...new Set(lines.split('\n').map((line) => line.trim()))].filter(Boolean);
  const titleOf = (choice: Choice) => choice.title.zh ?? '';
  const same = titles.length === before.length;
  return titles.map((zh, at) => {
    // The same number of lines: a line with other words is the same choice reworded.
    const known =
      before.find((choice) => titleOf(choice) === zh) ??
      (same && !titles.includes(titleOf(before[at] as Choice)) ? before[at] : undefined);
    return known ? { key: known.key, title: { ...known.title, zh } } : { key: newKey('c'), title: { zh } };
  });
}

const changeSection = (
  form: Definition,
  { page, section }: Place,
  change: (section: Section) => Section,
): Definition => ({
  pages: form.pages.map((one, at) =>
    at === page ? { ...one, sections: one.sections.map((two, index) => (index === section ? change(two) : two)) } : one,
  ),
});

export const retitled = (form: Definition, place: Place, zh: string): Definition =>
  changeSection(form, place, ({ title, ...rest }) => ({ ...rest, title: { ...title, zh } }));

/** A question at the end of a section; in a form that asks nothing yet the first page and section are made. */
export function withField(form: Definition, place: Place, field: Field): Definition {
  const begun = form.pages.length > 0 ? form : { pages: [{ sections: [{ fields: [] }] }] };
  return changeSection(begun, place, (section) => ({ ...section, fields: [...section.fields, field] }));
}

export const withSection = (form: Definition, field: Field): Definition => {
  const pages = form.pages.length > 0 ? form.pages : [{ sections: [] }];
  return {
    pages: pages.map((page, at) =>
      at === pages.length - 1 ? { ...page, sections: [...page.sections, { fields: [field] }] } : page,
    ),
  };
};

export const replaced = (form: Definition, field: Field): Definition => ({
  pages: form.pages.map((page) => ({
    ...page,
    sections: page.sections.map((section) => ({
      ...section,
      fields: section.fields.map((one) => (one.key === field.key ? field : one)),
    })),
  })),
});

/** Without a question; a section and a page that have none left go with it. */
export const without = (form: Definition, key: string): Definition => ({
  pages: form.pages
    .map((page) => ({
      ...page,
      sections: page.sections
        .map((section) => ({ ...section, fields: section.fields.filter((field) => field.key !== key) }))
        .filter((section) => section.fields.length > 0),
    }))
    .filter((page) => page.sections.length > 0),
});

/** One place up (-1) or down (1) within its section. */
export const moved = (form: Definition, key: string, by: -1 | 1): Definition => ({
  pages: form.pages.map((page) => ({
    ...page,
    sections: page.sections.map((section) => {
      const at = section.fields.findIndex((field) => field.key === key);
      const to = at + by;
      const [one, other] = [section.fields[at], section.fields[to]];
      if (!one || !other) return section;
      const fields = [...section.fields];
      [fields[at], fields[to]] = [other, one];
      return { ...section, fields };
    }),
  })),
});

/** The questions before one: what its condition may name. */
export function before(form: Definition, key: string): Field[] {
  const fields = fieldsOf(form);
  const at = fields.findIndex((field) => field.key === key);
  return at < 0 ? fields : fields.slice(0, at);
}

/** The question that a refusal is about: `definition.pages[0].sections[1].fields[2].options`. */
export function fieldAt(form: Definition, path: string): Field | undefined {
  const [page, section, field] = [...path.matchAll(/(?:pages|sections|fields)\[(\d+)\]/g)].map(([, at]) => Number(at));
  if (page === undefined || section === undefined || field === undefined) return undefined;
  return form.pages[page]?.sections[section]?.fields[field];
}
