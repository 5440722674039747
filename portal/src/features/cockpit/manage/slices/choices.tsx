import { Input, Select } from 'antd';
import { useId, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../../../../api/client';
import { useToday } from '../today';
import { compares, grains, ofMetric, type Question } from './question';
import { useSliceWords } from './words';

/** All metrics are seen at once. */
const listHeight = 640;

/** What is asked: the metric, the days, by what it is broken down, and what it is compared with. */
export function Choices({
  question,
  ask,
  metrics,
  metric,
}: {
  question: Question;
  ask: (next: Question) => void;
  metrics: readonly Schema<'Metric'>[];
  metric: Schema<'Metric'> | undefined;
}) {
  const { t } = useTranslation('cockpit-slices');
  const words = useSliceWords();
  const today = useToday();
  const dimensions = metric?.sliceDimensions ?? [];
  const [first = '', second = ''] = question.groupBy;
  const by = (one: string, other: string) => ask({ ...question, groupBy: [...new Set([one, other].filter(Boolean))] });
  const options = (besides: string) => [
    { value: '', label: t('notBroken') },
    ...dimensions
      .filter((dimension) => dimension !== besides)
      .map((dimension) => ({ value: dimension, label: words.dimension(dimension) })),
  ];
  return (
    <div className="slice-choices" role="group" aria-label={t('question')}>
      <Choice label={t('metric')}>
        {(id) => (
          <Select
            id={id}
            listHeight={listHeight}
            value={question.metric}
            onChange={(name) =>
              ask(ofMetric(question, name, metrics.find((one) => one.metric === name)?.sliceDimensions ?? []))
            }
            options={metrics.map((one) => ({ value: one.metric, label: words.title(one) }))}
          />
        )}
      </Choice>
      <Choice label={t('from')}>
        {(id) => (
          <Input
            id={id}
            type="date"
            value={question.fromDay}
            max={question.toDay}
            onChange={({ target }) => target.value && ask({ ...question, fromDay: target.value })}
          />
        )}
      </Choice>
      <Choice label={metric?.stock ? t('asOf') : t('to')}>
        {(id) => (
          <Input
            id={id}
            type="date"
            value={question.toDay}
            max={today}
            onChange={({ target }) =>
              target.value &&
              ask({
                ...question,
                toDay: target.value,
                fromDay: question.fromDay > target.value ? target.value : question.fromDay,
              })
            }
          />
        )}
      </Choice>
      <Choice label={t('by')}>
        {(id) => (
          <Select
            id={id}
            listHeight={listHeight}
            value={first}
            onChange={(value) => by(value, value ? second : '')}
            options={options('')}
          />
        )}
      </Choice>
      {first && (
        <Choice label={t('andBy')}>
          {(id) => (
            <Select
              id={id}
              listHeight={listHeight}
              value={second}
              onChange={(value) => by(first, value)}
              options={options(first)}
            />
          )}
        </Choice>
      )}
      <Choice label={t('course')}>
        {(id) => (
          <Select
            id={id}
            value={question.grain}
            onChange={(grain) => ask({ ...question, grain })}
            options={[
              { value: '' as const, label: t('noCourse') },
              ...grains.map((grain) => ({ value: grain, label: t(`grain.${grain}`) })),
            ]}
          />
        )}
      </Choice>
      <Choice label={t('compare')}>
        {(id) => (
          <Select
            id={id}
            value={question.compare}
            onChange={(compare) => ask({ ...question, compare })}
            options={[
              { value: '' as const, label: t('notCompared') },
              ...compares.map((compare) => ({ value: compare, label: t(`compared.${compare}`) })),
            ]}
          />
        )}
      </Choice>
    </div>
  );
}

function Choice({ label, children }: { label: string; children: (id: string) => ReactNode }) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id}>{label}</label>
      {children(id)}
    </div>
  );
}
