import { Checkbox, Input, InputNumber, Radio, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { DivisionField } from '../../ui/division-field';
import { textOf } from './condition';
import type { Field, Json } from './definition';
import { DisciplineField } from './discipline-field';
import { FileField } from './file-field';
import { OrganisationField } from './organisation-field';
import { TableField } from './table-field';
import { useWords } from './words';

export interface ControlProps {
  field: Field;
  id: string;
  value: Json | undefined;
  onChange: (value: Json) => void;
  /** The ids of what describes the control: help and error. */
  described: string;
  /** The id of the label, for groups. */
  labelled: string;
  invalid: boolean;
}

const textIn = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
const objectIn = (value: Json | undefined): Record<string, Json> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
const listIn = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);

/** The control of a field, by its type. What it holds is an answer as the platform takes it. */
export function Control(props: ControlProps) {
  const { t } = useTranslation('forms');
  const words = useWords();
  const { field, id, value, onChange, labelled, invalid } = props;
  const described = props.described || undefined;
  const aria = { 'aria-describedby': described, 'aria-invalid': invalid };
  const group = { id, 'aria-labelledby': labelled, 'aria-describedby': described };
  const status = invalid ? ({ status: 'error' } as const) : {};
  switch (field.type) {
    case 'text':
    case 'person':
      return (
        <Input
          id={id}
          {...aria}
          {...status}
          value={textIn(value)}
          {...(field.type === 'person' ? { inputMode: 'text', autoComplete: 'off' } : {})}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    case 'paragraphs':
      return (
        <Input.TextArea
          id={id}
          {...aria}
          {...status}
          value={textIn(value)}
          autoSize={{ minRows: 3, maxRows: 12 }}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    case 'integer':
      return (
        <InputNumber
          id={id}
          {...aria}
          {...status}
          inputMode="numeric"
          precision={0}
          value={typeof value === 'number' ? value : null}
          onChange={(number) => onChange(number)}
          suffix={words(field.unit)}
        />
      );
    case 'decimal':
      return (
        <Input
          id={id}
          {...aria}
          {...status}
          inputMode="decimal"
          suffix={words(field.unit)}
          value={textIn(value)}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    case 'money':
      return (
        <InputNumber
          id={id}
          {...aria}
          {...status}
          inputMode="decimal"
          prefix="¥"
          precision={2}
          value={typeof value === 'number' ? value / 100 : null}
          onChange={(yuan) => onChange(yuan === null ? null : Math.round(yuan * 100))}
        />
      );
    case 'date':
      return (
        <Input
          id={id}
          {...aria}
          {...status}
          type="date"
          value={textIn(value)}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    case 'period': {
      const period = objectIn(value);
      const end = (name: 'from' | 'to') => (
        <label>
          {t(`period.${name}`)}
          <Input
            {...(name === 'from' ? { id } : {})}
            {...aria}
            {...status}
            type="date"
            value={textIn(period[name])}
            onChange={(event) => onChange({ ...period, [name]: event.target.value })}
          />
        </label>
      );
      return (
        <div role="group" aria-labelledby={labelled} className="filler-period">
          {end('from')}
          {end('to')}
        </div>
      );
    }
    case 'single':
      return <Single {...props} />;
    case 'multiple':
      return <Multiple {...props} />;
    case 'ranking': {
      const ranked = listIn(value).map((one) => textOf(one) ?? '');
      const places = typeof field.max === 'number' ? field.max : (field.options?.length ?? 0);
      return (
        <ol className="filler-ranking">
          {Array.from({ length: Math.min(places, ranked.length + 1) }, (_, at) => (
            <li key={at}>
              <Select
                {...(at === 0 ? { id } : {})}
                aria-label={t('place', { place: at + 1 })}
                {...status}
                placeholder={t('choose')}
                allowClear
                value={ranked[at] ?? null}
                onChange={(key: string | undefined) =>
                  onChange([...ranked.slice(0, at), ...(key ? [key] : []), ...ranked.slice(at + 1)])
                }
                options={(field.options ?? [])
                  .filter((option) => option.key === ranked[at] || !ranked.includes(option.key))
                  .map((option) => ({ value: option.key, label: words(option.title) }))}
              />
            </li>
          ))}
        </ol>
      );
    }
    case 'matrix': {
      const chosen = objectIn(value);
      return (
        <div {...group} role="group" tabIndex={-1} className="filler-matrix">
          {field.rows?.map((row) => (
            <fieldset key={row.key}>
              <legend>{words(row.title)}</legend>
              <Radio.Group
                name={`${id}-${row.key}`}
                value={chosen[row.key] ?? null}
                onChange={(event) => onChange({ ...chosen, [row.key]: event.target.value as string })}
                options={(field.options ?? []).map((option) => ({ value: option.key, label: words(option.title) }))}
              />
            </fieldset>
          ))}
        </div>
      );
    }
    case 'scale': {
      const [min, max] = [Number(field.min), Number(field.max)];
      return (
        <Radio.Group
          {...group}
          name={id}
          optionType="button"
          className="filler-scale"
          value={value ?? null}
          onChange={(event) => onChange(event.target.value as number)}
          options={Array.from({ length: max - min + 1 }, (_, at) => ({ value: min + at, label: String(min + at) }))}
        />
      );
    }
    case 'yesNo':
      return (
        <Radio.Group
          {...group}
          name={id}
          value={value ?? null}
          onChange={(event) => onChange(event.target.value as boolean)}
          options={[
            { value: true, label: t('yes') },
            { value: false, label: t('no') },
          ]}
        />
      );
    case 'division':
      return <DivisionField id={id} value={textIn(value)} onChange={onChange} />;
    case 'discipline':
      return (
        <DisciplineField
          id={id}
          {...(described ? { 'aria-describedby': described } : {})}
          value={textIn(value)}
          placeholder={t('choose')}
          onChange={onChange}
        />
      );
    case 'organisation':
      return (
        <OrganisationField
          id={id}
          {...(described ? { 'aria-describedby': described } : {})}
          value={textIn(value)}
          placeholder={t('findOrganisation')}
          onChange={onChange}
        />
      );
    case 'file':
      return <FileField {...props} value={listIn(value).filter((one) => typeof one === 'string')} />;
    case 'table':
      return <TableField {...props} value={listIn(value)} />;
    case 'agree':
      return (
        <Checkbox id={id} {...aria} checked={value === true} onChange={(event) => onChange(event.target.checked)}>
          {words(field.title)}
        </Checkbox>
      );
  }
}

function Single({ field, id, value, onChange, described: said, labelled, invalid }: ControlProps) {
  const described = said || undefined;
  const { t } = useTranslation('forms');
  const words = useWords();
  const chosen = textOf(value) ?? null;
  const options = [
    ...(field.options ?? []).map((option) => ({ value: option.key, label: words(option.title) })),
    ...(field.other ? [{ value: 'other', label: t('other') }] : []),
  ];
  const choose = (key: string | undefined) => onChange(key === 'other' && field.other ? { other: '' } : (key ?? null));
  const list =
    options.length > 7 ? (
      <Select
        id={id}
        aria-describedby={described}
        showSearch={{ optionFilterProp: 'label' }}
        allowClear
        {...(invalid ? { status: 'error' as const } : {})}
        placeholder={t('choose')}
        value={chosen}
        onChange={choose}
        options={options}
      />
    ) : (
      <Radio.Group
        id={id}
        name={id}
        aria-labelledby={labelled}
        aria-describedby={described}
        className="filler-options"
        value={chosen}
        onChange={(event) => choose(event.target.value as string)}
        options={options}
      />
    );
  return (
    <>
      {list}
      {field.other && chosen === 'other' && (
        <OtherInput value={value} onChange={(other) => onChange({ other })} label={t('otherAsk')} />
      )}
    </>
  );
}

function Multiple({ field, id, value, onChange, described: said, labelled }: ControlProps) {
  const described = said || undefined;
  const { t } = useTranslation('forms');
  const words = useWords();
  const chosen = listIn(value);
  const other = chosen.find((one) => typeof one === 'object');
  const keep = (keys: string[]) =>
    onChange(keys.map((key) => (key === 'other' ? (other ?? { other: '' }) : key)) satisfies Json);
  return (
    <div role="group" aria-labelledby={labelled} aria-describedby={described} tabIndex={-1} id={id}>
      <Checkbox.Group
        className="filler-options"
        value={chosen.map((one) => textOf(one) ?? '')}
        onChange={keep}
        options={[
          ...(field.options ?? []).map((option) => ({ value: option.key, label: words(option.title) })),
          ...(field.other ? [{ value: 'other', label: t('other') }] : []),
        ]}
      />
      {other !== undefined && (
        <OtherInput
          value={other}
          onChange={(text) => onChange(chosen.map((one) => (typeof one === 'object' ? { other: text } : one)))}
          label={t('otherAsk')}
        />
      )}
    </div>
  );
}

function OtherInput({
  value,
  onChange,
  label,
}: {
  value: Json | undefined;
  onChange: (text: string) => void;
  label: string;
}) {
  return (
    <Input
      className="filler-other"
      aria-label={label}
      placeholder={label}
      value={textIn(objectIn(value).other)}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
