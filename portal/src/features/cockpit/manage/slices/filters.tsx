import { Button, Select, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { tiles } from '../tiles';
import { useNameOf } from './name-of';
import { known, type Filter, type Question } from './question';
import { useSliceWords } from './words';

/** What the question is limited to, as chips; and one more. */
export function Filters({
  question,
  ask,
  dimensions,
}: {
  question: Question;
  ask: (next: Question) => void;
  dimensions: readonly string[];
}) {
  const { t } = useTranslation('cockpit-slices');
  return (
    <div className="slice-filters" role="group" aria-label={t('filters')}>
      {question.filters.map((filter) => (
        <Chip
          key={filter.dimension}
          filter={filter}
          drop={() => ask({ ...question, filters: question.filters.filter((other) => other !== filter) })}
        />
      ))}
      <More question={question} ask={ask} dimensions={dimensions} />
    </div>
  );
}

/** A filter by its name; places and organisations, of which there is one, are looked up by their code. */
function Chip({ filter, drop }: { filter: Filter; drop: () => void }) {
  const { t } = useTranslation('cockpit-slices');
  const words = useSliceWords();
  const [only = ''] = filter.values.length === 1 ? filter.values : [];
  const found = useNameOf(filter.dimension, only);
  const values = filter.values.map((value) => words.value(filter.dimension, value, found)).join(t('or'));
  const name = `${words.dimension(filter.dimension)}${t('colon')}${values}`;
  return (
    <Tag className="slice-chip">
      {name}
      <Button type="text" size="small" aria-label={t('dropFilter', { name })} onClick={drop}>
        ×
      </Button>
    </Tag>
  );
}

/** One more filter: a dimension, then some of its values. */
function More({
  question,
  ask,
  dimensions,
}: {
  question: Question;
  ask: (next: Question) => void;
  dimensions: readonly string[];
}) {
  const { t } = useTranslation('cockpit-slices');
  const words = useSliceWords();
  const [dimension, setDimension] = useState('');
  const [values, setValues] = useState<string[]>([]);
  const used = question.filters.map((filter) => filter.dimension);
  const offered = dimensions.filter((name) => (name === 'province' || name in known) && !used.includes(name));
  const chosen = offered.includes(dimension) ? dimension : '';
  const all = chosen === 'province' ? [...tiles.map(({ code }) => code), '000000'] : (known[chosen] ?? []);
  const add = () => {
    ask({ ...question, filters: [...question.filters, { dimension: chosen, values }] });
    setDimension('');
    setValues([]);
  };
  return (
    <span className="slice-more">
      <Select
        aria-label={t('addFilter')}
        value={chosen}
        onChange={(next) => {
          setDimension(next);
          setValues([]);
        }}
        options={[
          { value: '', label: t('addFilter') },
          ...offered.map((name) => ({ value: name, label: words.dimension(name) })),
        ]}
      />
      {chosen && (
        <>
          <Select
            mode="multiple"
            className="slice-values"
            aria-label={words.dimension(chosen)}
            placeholder={t('chooseValues')}
            value={values}
            onChange={setValues}
            showSearch={{ optionFilterProp: 'label' }}
            options={all.map((value) => ({ value, label: words.value(chosen, value) }))}
          />
          <Button disabled={values.length === 0} onClick={add}>
            {t('apply')}
          </Button>
        </>
      )}
    </span>
  );
}
