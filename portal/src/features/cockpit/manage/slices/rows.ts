import type { TFunction } from 'i18next';
import type { Schema } from '../../../../api/client';
import type { useSliceWords } from './words';

/** An answer as the rows of a file: the total, the groups, then the course. Every row says of what and when it is. */
export function rowsOf(
  answer: Schema<'QuerySlicesResponse'>,
  groupBy: readonly string[],
  words: ReturnType<typeof useSliceWords>,
  t: TFunction<'cockpit-slices'>,
): (string | number)[][] {
  const { metric, total, groups, points } = answer;
  if (!metric || !total) return [];
  const when = metric.stock || !answer.fromDay ? answer.toDay : `${answer.fromDay} – ${answer.toDay}`;
  const compared = total.comparedValue !== undefined;
  const people = total.people !== undefined;
  const numbers = (cell: Schema<'SliceCell'>) => [
    Number(cell.value),
    ...(people ? [Number(cell.people ?? 0)] : []),
    ...(compared ? [Number(cell.comparedValue ?? 0)] : []),
    ...(compared && people ? [Number(cell.comparedPeople ?? 0)] : []),
  ];
  const blank = groupBy.map(() => '');
  const title = words.title(metric);
  return [
    [
      t('metric'),
      ...groupBy.map(words.dimension),
      t('csvWhen'),
      `${t('csvValue')} (${words.unit(metric)})`,
      ...(people ? [t('people')] : []),
      ...(compared ? [t('before')] : []),
      ...(compared && people ? [t('csvPeopleBefore')] : []),
    ],
    [title, ...groupBy.map(() => t('all')), when, ...numbers(total)],
    ...groups.map((group) => [
      title,
      ...groupBy.map((by, at) => words.value(by, group.keys[at] ?? '', group.labels[at])),
      when,
      ...(group.cell ? numbers(group.cell) : []),
    ]),
    ...points.map((point) => [
      title,
      ...(groupBy.length > 0 ? groupBy.map(() => t('all')) : blank),
      metric.stock ? point.toDay : `${point.fromDay} – ${point.toDay}`,
      Number(point.value),
      ...(people ? [Number(point.people ?? 0)] : []),
    ]),
  ];
}
