import { Input, Select, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldsOf, type Definition, type Field, type Kind } from './definition';
import { DisciplineField } from './discipline-field';
import { useWords } from './words';
import './filler.css';

/** The types of questions by whose answers a list can be filtered; `crates/forms` says the same. */
const kinds: readonly Kind[] = ['single', 'multiple', 'yesNo', 'integer', 'date', 'discipline'];

/** The most conditions at once. */
const MOST = 5;

/** The questions of a form by whose answers a list can be filtered. */
export const filterable = (definition: Definition): Field[] =>
  fieldsOf(definition).filter(({ type, exported, sensitive }) => exported && !sensitive && kinds.includes(type));

/**
 * Chooses by which answers a list is filtered: conditions `key=value`, of which all have to hold. Nothing where no question can be filtered
 * by.
 */
export function AnswerFilter({
  definition,
  value,
  onChange,
}: {
  definition: Definition;
  value: readonly string[];
  onChange: (conditions: string[]) => void;
}) {
  const { t } = useTranslation('forms');
  const words = useWords();
  const [key, setKey] = useState('');
  const fields = filterable(definition);
  const field = fields.find((one) => one.key === key);
  if (fields.length === 0 && value.length === 0) return null;
  const option = (of: Field, answer: string) => {
    if (of.type === 'yesNo') return t(answer === 'true' ? 'yes' : 'no');
    const known = of.options?.find((one) => one.key === answer);
    if (known) return words(known.title);
    return answer === 'other' ? t('other') : answer;
  };
  const told = (condition: string) => {
    const at = condition.indexOf('=');
    const of = fields.find((one) => one.key === condition.slice(0, at));
    const answer = condition.slice(at + 1);
    return of ? t('pair', { name: words(of.title), value: option(of, answer) }) : condition;
  };
  const add = (answer: string) => {
    const condition = `${key}=${answer}`;
    setKey('');
    if (answer && !value.includes(condition)) onChange([...value, condition]);
  };
  return (
    <div className="answer-filter" role="group" aria-label={t('filter.title')}>
      {value.length < MOST && (
        <Select
          aria-label={t('filter.question')}
          placeholder={t('filter.question')}
          value={key || null}
          onChange={(next: string | undefined) => setKey(next ?? '')}
          allowClear
          options={fields.map((one) => ({ value: one.key, label: words(one.title) }))}
        />
      )}
      {field && <AnswerChoice key={field.key} field={field} option={option} onChoose={add} />}
      {value.map((condition) => (
        <Tag
          key={condition}
          closable={{ 'aria-label': t('filter.remove', { condition: told(condition) }) }}
          onClose={() => onChange(value.filter((other) => other !== condition))}
        >
          {told(condition)}
        </Tag>
      ))}
    </div>
  );
}

function AnswerChoice({
  field,
  option,
  onChoose,
}: {
  field: Field;
  option: (field: Field, answer: string) => string;
  onChoose: (answer: string) => void;
}) {
  const { t } = useTranslation('forms');
  const label = t('filter.answer');
  if (field.type === 'discipline')
    return <DisciplineField id="filter-answer" value="" onChange={onChoose} placeholder={label} />;
  if (field.type === 'integer' || field.type === 'date')
    return (
      <Input.Search
        aria-label={label}
        placeholder={field.type === 'integer' ? label : t('filter.day')}
        type={field.type === 'date' ? 'date' : 'text'}
        inputMode={field.type === 'integer' ? 'numeric' : 'text'}
        enterButton={t('filter.add')}
        onSearch={(answer) => onChoose(answer.trim())}
      />
    );
  const answers =
    field.type === 'yesNo'
      ? ['true', 'false']
      : [...(field.options ?? []).map((one) => one.key), ...(field.other ? ['other'] : [])];
  return (
    <Select
      aria-label={label}
      placeholder={label}
      value={null}
      onChange={(answer: string) => onChoose(answer)}
      options={answers.map((answer) => ({ value: answer, label: option(field, answer) }))}
    />
  );
}
