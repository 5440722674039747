import { useId, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useComposedInput } from './composed-input';
import './controls.css';

/*
 * The few controls of the public pages. They are the browser's own: a phone shows its own list and keyboard for them, and a
 * visitor does not have to load a library to look for a society.
 */

/** A line to look for something. `onChange` follows the typing; `onSearch` is the enter key or the button. */
export function SearchField({
  value,
  label,
  placeholder,
  action,
  onChange,
  onSearch,
}: {
  value: string;
  label: string;
  placeholder?: string;
  action: ReactNode;
  onChange: (value: string) => void;
  onSearch: (value: string) => void;
}) {
  const { t } = useTranslation();
  const field = useRef<HTMLInputElement>(null);
  const composed = useComposedInput(value, onChange);
  return (
    <form
      role="search"
      className="search-field"
      onSubmit={(event) => {
        event.preventDefault();
        if (!composed.composing()) onSearch(value.trim());
      }}
    >
      <input
        ref={field}
        className="field"
        type="search"
        enterKeyHint="search"
        autoComplete="off"
        maxLength={60}
        aria-label={label}
        placeholder={placeholder}
        value={composed.shown}
        onChange={(event) => composed.onInput(event.target.value)}
        {...composed.props}
      />
      {composed.shown && (
        <button
          type="button"
          className="search-clear"
          aria-label={t('form.clear')}
          onClick={() => {
            onChange('');
            field.current?.focus();
          }}
        >
          ×
        </button>
      )}
      <button type="submit" className="search-go">
        {action}
      </button>
    </form>
  );
}

interface Option<Value extends string> {
  value: Value;
  label: string;
}

/** One of many. In a form, `Form.Item` gives it its id, value and label. */
export function Choice<Value extends string>({
  id,
  value,
  label,
  options,
  onChange,
}: {
  id?: string;
  value?: Value;
  label?: string;
  options: readonly Option<Value>[];
  onChange?: (value: Value) => void;
}) {
  return (
    <span className="choice">
      <select
        className="field"
        id={id}
        aria-label={label}
        value={value}
        onChange={(event) => onChange?.(event.target.value as Value)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </span>
  );
}

/** One of two or three that are all in view. */
export function Toggle<Value extends string>({
  value,
  label,
  options,
  onChange,
}: {
  value: Value;
  label: string;
  options: readonly Option<Value>[];
  onChange: (value: Value) => void;
}) {
  const name = useId();
  return (
    <div className="toggle" role="radiogroup" aria-label={label}>
      {options.map((option) => (
        <label key={option.value}>
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
          />
          {option.label}
        </label>
      ))}
    </div>
  );
}

/** A word about something. */
export function Chip({ warm, children }: { warm?: boolean; children: ReactNode }) {
  return <span className={warm ? 'chip chip-warm' : 'chip'}>{children}</span>;
}

/** Where something stands, said in the midst of a page. */
export function Notice({
  kind,
  title,
  children,
}: {
  kind: 'info' | 'good' | 'warm';
  title: string;
  children?: ReactNode;
}) {
  return (
    <div className={`notice notice-${kind}`} role="status">
      <strong>{title}</strong>
      {children && <p>{children}</p>}
    </div>
  );
}
