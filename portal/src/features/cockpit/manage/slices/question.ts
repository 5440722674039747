/** What the page asks, as it stands in the address: a link to the page asks the same. Pure. */

export const grains = ['DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR'] as const;
export type Grain = (typeof grains)[number];

export const compares = ['PREVIOUS_PERIOD', 'PREVIOUS_YEAR'] as const;
export type Compare = (typeof compares)[number];

/** Dimensions whose values are known beforehand; those of the others are found in the table. */
export const known: Record<string, readonly string[]> = {
  organisation_kind: [
    'HEADQUARTERS',
    'REGIONAL_ASSOCIATION',
    'NATIONAL_SOCIETY',
    'LOCAL_SOCIETY',
    'BRANCH',
    'GRASSROOTS',
  ],
  subject_class: ['SCIENCE', 'ENGINEERING', 'AGRICULTURE', 'MEDICINE', 'INTERDISCIPLINARY', 'UNKNOWN'],
  category: ['ORDINARY', 'STUDENT', 'SENIOR', 'UNKNOWN'],
  activity_kind: ['ACADEMIC_MEETING', 'LECTURE', 'POPULAR_SCIENCE', 'TRAINING', 'VOLUNTEERING', 'UNKNOWN'],
  gender: ['MALE', 'FEMALE', 'UNKNOWN'],
  age_band: ['UNDER_18', '18_24', '25_34', '35_44', '45_54', '55_64', '65_AND_OVER', 'UNKNOWN'],
};

export interface Filter {
  dimension: string;
  values: string[];
}

export interface Question {
  metric: string;
  groupBy: string[];
  filters: Filter[];
  fromDay: string;
  toDay: string;
  grain: Grain | '';
  compare: Compare | '';
}

const isDay = (text: string | null): text is string =>
  /^\d{4}-\d{2}-\d{2}$/.test(text ?? '') && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));

function oneOf<T extends string>(all: readonly T[], text: string | null): T | '' {
  return all.find((one) => one === text) ?? '';
}

/** What an address asks for; what makes no sense is left out. The usual question is about the year so far. */
export function questionOf(search: URLSearchParams, today: string): Question {
  const to = search.get('to');
  const toDay = isDay(to) && to <= today ? to : today;
  const from = search.get('from');
  const filters = search.getAll('filter').flatMap((text) => {
    const at = text.indexOf('=');
    const values = text
      .slice(at + 1)
      .split(',')
      .filter(Boolean);
    return at > 0 && values.length > 0 ? [{ dimension: text.slice(0, at), values }] : [];
  });
  return {
    metric: search.get('metric') ?? 'memberships_active',
    groupBy: [...new Set(search.getAll('by'))].slice(0, 2),
    filters,
    fromDay: isDay(from) && from <= toDay ? from : `${toDay.slice(0, 4)}-01-01`,
    toDay,
    grain: oneOf(grains, search.get('grain')),
    compare: oneOf(compares, search.get('compare')),
  };
}

/** The address of a question. */
export function addressOf(question: Question): URLSearchParams {
  const search = new URLSearchParams({ metric: question.metric });
  for (const dimension of question.groupBy) search.append('by', dimension);
  for (const { dimension, values } of question.filters) search.append('filter', `${dimension}=${values.join(',')}`);
  search.set('from', question.fromDay);
  search.set('to', question.toDay);
  if (question.grain) search.set('grain', question.grain);
  if (question.compare) search.set('compare', question.compare);
  return search;
}

/** The same question of another metric: what that one does not have is left out. */
export function ofMetric(question: Question, metric: string, dimensions: readonly string[]): Question {
  return {
    ...question,
    metric,
    groupBy: question.groupBy.filter((dimension) => dimensions.includes(dimension)),
    filters: question.filters.filter(({ dimension }) => dimensions.includes(dimension)),
  };
}

/** The same question about one group alone; it is no longer broken down by what it is limited to. */
export function within(question: Question, dimension: string, value: string): Question {
  return {
    ...question,
    groupBy: question.groupBy.filter((by) => by !== dimension),
    filters: [...question.filters.filter((filter) => filter.dimension !== dimension), { dimension, values: [value] }],
  };
}

/** The change against another period, as a share of it; nothing to say if there was nothing. */
export function changeOf(now: number, before: number): number | undefined {
  return before === 0 ? undefined : (now - before) / before;
}
