import { Button, Checkbox, Input, InputNumber, Select } from 'antd';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Binding, Definition, Field, Kind, Words } from '../definition';
import { ConditionPart } from './condition-editor';
import { before, choicesOf, columnKinds, newKey, offered, retyped } from './edit';
import { conditionOf, rulesOf } from './rules';

const linesOf = (choices: Field['options']) => (choices ?? []).map((choice) => choice.title.zh ?? '').join('\n');

/** One question: its words, its type and what belongs to that, and when it is shown. Applied as a whole. */
/** What the platform can fill in of a field of this type. */
function bindingsOf(type: Kind, workplace: boolean): Binding[] {
  if (type === 'person') return ['personNumber'];
  if (type !== 'text') return [];
  return workplace ? ['personName', 'workplace'] : ['personName'];
}

export function FieldEditor({
  form,
  field,
  workplace,
  onApply,
  onClose,
}: {
  form: Definition;
  field: Field;
  /** Whether those who answer have said where they work or study. */
  workplace: boolean;
  onApply: (field: Field) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation('forms-manage');
  const { t: app } = useTranslation();
  const [draft, setDraft] = useState(field);
  const [options, setOptions] = useState(linesOf(field.options));
  const [rows, setRows] = useState(linesOf(field.rows));
  const [rules, setRules] = useState(() => rulesOf(field.condition));
  const [written, setWritten] = useState(rules ? undefined : field.condition);
  const change = (part: Partial<Field>) => setDraft((now) => ({ ...now, ...part }));
  const wordsOf = (name: 'title' | 'help' | 'unit', language: keyof Words, text: string) =>
    change({ [name]: { ...draft[name], [language]: text } });
  const chooses = ['single', 'multiple', 'ranking', 'matrix'].includes(draft.type);
  const apply = () => {
    const { condition: _condition, options: _options, rows: _rows, help, ...rest } = draft;
    const condition = written ?? (rules && conditionOf(rules));
    onApply({
      ...rest,
      ...(help?.zh || help?.en ? { help } : {}),
      ...(chooses ? { options: choicesOf(options, field.options) } : {}),
      ...(draft.type === 'matrix' ? { rows: choicesOf(rows, field.rows) } : {}),
      ...(condition ? { condition } : {}),
    });
  };
  const numeric = draft.type === 'integer' || draft.type === 'scale' || draft.type === 'file';
  return (
    <form
      className="builder-field"
      onSubmit={(event) => {
        event.preventDefault();
        apply();
      }}
    >
      <Part label={t('type')} htmlFor="field-type">
        <Select
          id="field-type"
          virtual={false}
          listHeight={480}
          value={draft.type}
          onChange={(type: Kind) => setDraft((now) => retyped(now, type))}
          options={offered.map((kind) => ({ value: kind, label: t(`kind.${kind}`) }))}
        />
      </Part>
      <Part label={t('titleZh')} htmlFor="field-title">
        <Input
          id="field-title"
          maxLength={200}
          required
          value={draft.title.zh ?? ''}
          onChange={(event) => wordsOf('title', 'zh', event.target.value)}
        />
      </Part>
      <Part label={t('titleEn')} htmlFor="field-title-en">
        <Input
          id="field-title-en"
          maxLength={200}
          value={draft.title.en ?? ''}
          onChange={(event) => wordsOf('title', 'en', event.target.value)}
        />
      </Part>
      <Part label={t(draft.type === 'agree' ? 'statement' : 'help')} htmlFor="field-help">
        <Input.TextArea
          id="field-help"
          autoSize={{ minRows: 2, maxRows: 8 }}
          value={draft.help?.zh ?? ''}
          onChange={(event) => wordsOf('help', 'zh', event.target.value)}
        />
      </Part>
      {chooses && (
        <Part
          label={t(draft.type === 'matrix' ? 'matrixColumns' : 'options')}
          hint={t('lines')}
          htmlFor="field-options"
        >
          <Input.TextArea
            id="field-options"
            autoSize={{ minRows: 3, maxRows: 12 }}
            value={options}
            onChange={(event) => setOptions(event.target.value)}
          />
        </Part>
      )}
      {draft.type === 'matrix' && (
        <Part label={t('matrixRows')} hint={t('lines')} htmlFor="field-rows">
          <Input.TextArea
            id="field-rows"
            autoSize={{ minRows: 3, maxRows: 12 }}
            value={rows}
            onChange={(event) => setRows(event.target.value)}
          />
        </Part>
      )}
      {(draft.type === 'single' || draft.type === 'multiple') && (
        <Checkbox checked={draft.other ?? false} onChange={(event) => change({ other: event.target.checked })}>
          {t('withOther')}
        </Checkbox>
      )}
      {draft.type === 'decimal' && (
        <Part label={t('unit')} htmlFor="field-unit">
          <Input
            id="field-unit"
            maxLength={20}
            value={draft.unit?.zh ?? ''}
            onChange={(event) => wordsOf('unit', 'zh', event.target.value)}
          />
        </Part>
      )}
      {numeric && (
        <div className="builder-limits">
          {(['min', 'max'] as const).map((end) => (
            <Part key={end} label={t(end)} htmlFor={`field-${end}`}>
              <InputNumber
                id={`field-${end}`}
                precision={0}
                value={typeof draft[end] === 'number' ? draft[end] : null}
                onChange={(limit) => {
                  const { [end]: _before, ...rest } = draft;
                  setDraft(limit === null ? rest : { ...rest, [end]: limit });
                }}
              />
            </Part>
          ))}
        </div>
      )}
      {draft.type === 'table' && <Columns columns={draft.columns ?? []} onChange={(columns) => change({ columns })} />}
      {bindingsOf(draft.type, workplace).map((binding) => (
        <Checkbox
          key={binding}
          checked={draft.binding === binding}
          onChange={(event) => {
            const { binding: _binding, ...rest } = draft;
            setDraft(event.target.checked ? { ...rest, binding } : rest);
          }}
        >
          {t(`bind.${binding}`)}
        </Checkbox>
      ))}
      {draft.binding === undefined && (
        <Checkbox checked={draft.required ?? false} onChange={(event) => change({ required: event.target.checked })}>
          {t('required')}
        </Checkbox>
      )}
      <Checkbox
        checked={draft.exported ?? false}
        disabled={draft.sensitive ?? false}
        onChange={(event) => change({ exported: event.target.checked })}
      >
        {t('listed')}
      </Checkbox>
      <Checkbox
        checked={draft.sensitive ?? false}
        disabled={draft.exported ?? false}
        onChange={(event) => change({ sensitive: event.target.checked })}
      >
        {t('sensitive')}
      </Checkbox>
      <fieldset>
        <legend>{t('condition.title')}</legend>
        <ConditionPart
          condition={written}
          earlier={before(form, field.key)}
          rules={rules}
          onRules={setRules}
          onRemove={() => {
            setWritten(undefined);
            setRules({ all: true, rules: [] });
          }}
        />
      </fieldset>
      <div className="builder-acts">
        <Button type="primary" htmlType="submit">
          {t('apply')}
        </Button>
        <Button onClick={onClose}>{app('form.cancel')}</Button>
      </div>
    </form>
  );
}

function Part({
  label,
  hint,
  htmlFor,
  children,
}: {
  label: string;
  hint?: string;
  htmlFor: string;
  children: ReactNode;
}) {
  return (
    <div className="builder-part">
      <label htmlFor={htmlFor}>
        {label}
        {hint && <span className="soft">{hint}</span>}
      </label>
      {children}
    </div>
  );
}

/** The columns of a table. */
function Columns({ columns, onChange }: { columns: readonly Field[]; onChange: (columns: Field[]) => void }) {
  const { t } = useTranslation('forms-manage');
  const change = (at: number, column: Field) => onChange(columns.map((one, index) => (index === at ? column : one)));
  return (
    <fieldset>
      <legend>{t('columns')}</legend>
      {columns.map((column, at) => (
        <div key={column.key} className="builder-column">
          <Input
            aria-label={t('columnTitle', { column: at + 1 })}
            placeholder={t('columnTitle', { column: at + 1 })}
            value={column.title.zh ?? ''}
            onChange={(event) => change(at, { ...column, title: { ...column.title, zh: event.target.value } })}
          />
          <Select
            aria-label={t('columnType', { column: at + 1 })}
            value={column.type}
            onChange={(type: Kind) => change(at, retyped(column, type))}
            options={columnKinds.map((kind) => ({ value: kind, label: t(`kind.${kind}`) }))}
          />
          <Checkbox
            checked={column.required ?? false}
            onChange={(event) => change(at, { ...column, required: event.target.checked })}
          >
            {t('required')}
          </Checkbox>
          <Button size="small" onClick={() => onChange(columns.filter((_, index) => index !== at))}>
            {t('removeColumn', { column: at + 1 })}
          </Button>
        </div>
      ))}
      {columns.length < 10 && (
        <Button
          size="small"
          onClick={() => onChange([...columns, { key: newKey('k'), type: 'text', title: { zh: '' } }])}
        >
          {t('addColumn')}
        </Button>
      )}
    </fieldset>
  );
}
