import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNow } from '../../ui/now';
import { Control } from './controls';
import type { Answers, Definition, Field, Json } from './definition';
import { evaluate, type Bound, type Finding } from './evaluate';
import { todayInChina, useWords } from './words';
import './filler.css';

const controlId = (key: string) => `answer-${key}`;

/** Leads to the question that a finding is about. */
export function leadTo({ path }: Finding): void {
  const whole = document.getElementById(controlId(path.split(/[.[]/)[0] ?? ''));
  const control = whole?.matches('input, textarea, button') ? whole : whole?.querySelector('input, textarea, button');
  whole?.scrollIntoView({ block: 'center' });
  if (control instanceof HTMLElement) control.focus({ preventScroll: true });
}

/**
 * A form to fill in: what is asked follows what is answered. `checked`: also what was not touched yet is said to be missing. The value
 * holds what was typed, hidden fields included, so that nothing is lost while one tries; the platform drops what is hidden.
 */
export function FormFiller({
  definition,
  value = {},
  onChange,
  bound = {},
  checked = false,
}: {
  definition: Definition;
  value?: Answers;
  onChange?: (answers: Answers) => void;
  bound?: Bound;
  checked?: boolean;
}) {
  const words = useWords();
  const now = useNow();
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const today = todayInChina(new Date(now));
  const result = useMemo(() => evaluate(definition, value, today, bound), [definition, value, today, bound]);
  const shown = new Set(result.shown);
  const change = (key: string, answer: Json) => {
    const { [key]: _before, ...rest } = value;
    onChange?.(answer === null || answer === '' ? rest : { ...rest, [key]: answer });
  };
  const foundAt = (field: Field) =>
    checked || touched.has(field.key)
      ? result.found.filter(({ path }) => path === field.key || new RegExp(`^${field.key}[.[]`).test(path))
      : [];
  return (
    <div className="filler">
      {definition.pages.map((page, at) => {
        const sections = page.sections.filter((section) => section.fields.some((field) => shown.has(field.key)));
        return (
          sections.length > 0 && (
            <section key={at} className="filler-page">
              {words(page.title) && <h2>{words(page.title)}</h2>}
              {sections.map((section, index) => (
                <div key={index} className="filler-section">
                  {words(section.title) && <h3>{words(section.title)}</h3>}
                  {words(section.help) && <p className="soft filler-help">{words(section.help)}</p>}
                  {section.fields
                    .filter((field) => shown.has(field.key))
                    .map((field) => (
                      <Question
                        key={field.key}
                        field={field}
                        value={field.binding ? (bound[field.binding] ?? '') : value[field.key]}
                        found={foundAt(field)}
                        onChange={(answer) => change(field.key, answer)}
                        onLeave={() => setTouched((before) => new Set(before).add(field.key))}
                      />
                    ))}
                </div>
              ))}
            </section>
          )
        );
      })}
    </div>
  );
}

/** Types whose label names a group of controls, not one of them. */
const groups = new Set<Field['type']>(['period', 'multiple', 'ranking', 'matrix', 'scale', 'yesNo', 'file', 'table']);

function Question({
  field,
  value,
  found,
  onChange,
  onLeave,
}: {
  field: Field;
  value: Json | undefined;
  found: Finding[];
  onChange: (value: Json) => void;
  onLeave: () => void;
}) {
  const { t } = useTranslation('forms');
  const words = useWords();
  const id = controlId(field.key);
  const [label, help, error] = [`${id}-label`, `${id}-help`, `${id}-error`];
  const helpText = words(field.help);
  const described = [helpText && help, found.length > 0 && error].filter(Boolean).join(' ');
  const group = groups.has(field.type) || (field.type === 'single' && (field.options?.length ?? 0) <= 6);
  const title = (
    <>
      {words(field.title)}
      {!field.required && !field.binding && <span className="soft">{t('optional')}</span>}
    </>
  );
  // Left when the focus goes to another question.
  const leave = (event: React.FocusEvent<HTMLDivElement>) => {
    if (!event.currentTarget.contains(event.relatedTarget)) onLeave();
  };
  return (
    // Not a control: it hears that the focus leaves the controls inside.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div className="filler-question" onBlur={leave}>
      {field.type !== 'agree' &&
        (group || field.binding ? (
          <div id={label} className="filler-label">
            {title}
          </div>
        ) : (
          <label id={label} htmlFor={id} className="filler-label">
            {title}
          </label>
        ))}
      {helpText && (
        <p id={help} className={field.type === 'agree' ? 'filler-statement' : 'soft filler-help'}>
          {helpText}
        </p>
      )}
      {field.binding ? (
        <p className="filler-bound">
          <strong>{typeof value === 'string' ? value : ''}</strong>{' '}
          <span className="soft">{t(`bound.${field.binding}`)}</span>
        </p>
      ) : (
        <Control
          field={field}
          id={id}
          value={value}
          onChange={onChange}
          described={described}
          labelled={label}
          invalid={found.length > 0}
        />
      )}
      {found.length > 0 && (
        <p id={error} className="filler-error" role="alert">
          {found.slice(0, 3).map(({ path, code, limit }) => (
            <span key={path + code}>
              {placeOf(field, path, words, t)}
              {t(`finding.${code}`, { limit })}
            </span>
          ))}
        </p>
      )}
    </div>
  );
}

/** Where in an answer of several parts: `第 2 行 年份：`. */
function placeOf(
  field: Field,
  path: string,
  words: ReturnType<typeof useWords>,
  t: (key: 'place' | 'at' | 'row', values: Record<string, unknown>) => string,
): string {
  const rest = path.slice(field.key.length);
  const row = /^\[(\d+)\](?:\.(.+))?/.exec(rest);
  if (field.type === 'table' && row) {
    const column = field.columns?.find(({ key }) => key === row[2]);
    return t('at', { place: [t('row', { row: Number(row[1]) + 1 }), words(column?.title)].filter(Boolean).join(' ') });
  }
  const part = field.rows?.find(({ key }) => `.${key}` === rest);
  return part ? t('at', { place: words(part.title) }) : '';
}
