import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { Control, type ControlProps } from './controls';
import type { Json } from './definition';
import { limitsOf } from './evaluate';
import { useWords } from './words';

const rowIn = (row: Json): Record<string, Json> =>
  typeof row === 'object' && row !== null && !Array.isArray(row) ? row : {};

/** Rows of a table, one below the other: so they also fit a phone. */
export function TableField({ field, id, value, onChange, labelled, described }: ControlProps & { value: Json[] }) {
  const { t } = useTranslation('forms');
  const words = useWords();
  const rows = value.map(rowIn);
  const most = limitsOf(field)?.[1] ?? 20;
  const change = (at: number, key: string, cell: Json) =>
    onChange(rows.map((row, index) => (index === at ? { ...row, [key]: cell } : row)));
  return (
    <div role="group" aria-labelledby={labelled} aria-describedby={described || undefined} className="filler-table">
      {rows.map((row, at) => (
        <fieldset key={at}>
          <legend>{t('row', { row: at + 1 })}</legend>
          {field.columns?.map((column) => {
            const place = `${id}-${String(at)}-${column.key}`;
            return (
              <div key={column.key} className="filler-cell">
                <label id={`${place}-label`} htmlFor={place}>
                  {words(column.title)}
                  {!column.required && <span className="soft">{t('optional')}</span>}
                </label>
                <Control
                  field={column}
                  id={place}
                  value={row[column.key]}
                  onChange={(cell) => change(at, column.key, cell)}
                  described={described}
                  labelled={`${place}-label`}
                  invalid={false}
                />
              </div>
            );
          })}
          <Button size="small" onClick={() => onChange(rows.filter((_, index) => index !== at))}>
            {t('removeRow', { row: at + 1 })}
          </Button>
        </fieldset>
      ))}
      {rows.length < most && (
        <Button id={id} type="dashed" onClick={() => onChange([...rows, {}])}>
          {t('addRow')}
        </Button>
      )}
    </div>
  );
}
