import { Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { useDivisions } from '../api/divisions';
import type { Schema } from '../api/client';
import './division-field.css';

type Division = Schema<'Division'>;

/**
 * A place in China, from the province down as far as the person likes. Three selects instead of one cascade: they fit a
 * phone and a screen reader. The value is the code of the deepest one; municipalities have counties on the second level.
 */
export function DivisionField({
  id,
  value = '',
  onChange,
  onBlur,
}: {
  id?: string;
  value?: string;
  onChange?: (code: string) => void;
  onBlur?: () => void;
}) {
  const { t } = useTranslation();
  const province = value ? `${value.slice(0, 2)}0000` : '';
  const provinces = useDivisions('');
  const second = useDivisions(province || 'none', Boolean(province));
  const middle = province ? within(second.data ?? [], value) : undefined;
  const third = useDivisions(middle?.code ?? 'none', middle?.level === 'CITY');
  const last = third.data?.find(({ code }) => code === value);
  const change = (code: string) => onChange?.(code);
  return (
    <div className="division-field">
      <Level
        {...(id ? { id } : {})}
        label={t('division.province')}
        divisions={provinces.data}
        loading={provinces.isLoading}
        value={province}
        onChange={change}
        above=""
        onBlur={onBlur}
      />
      {province && (second.data?.length ?? 1) > 0 && (
        <Level
          label={t('division.city')}
          divisions={second.data}
          loading={second.isLoading}
          value={middle?.code ?? ''}
          onChange={change}
          above={province}
          onBlur={onBlur}
        />
      )}
      {middle?.level === 'CITY' && (third.data?.length ?? 1) > 0 && (
        <Level
          label={t('division.county')}
          divisions={third.data}
          loading={third.isLoading}
          value={last?.code ?? ''}
          onChange={change}
          above={middle.code}
          onBlur={onBlur}
        />
      )}
    </div>
  );
}

/** The one of these divisions that a place lies in. */
export function within(divisions: readonly Division[], code: string): Division | undefined {
  return (
    divisions.find((division) => division.code === code) ??
    divisions.find((division) => division.level === 'CITY' && division.code.slice(0, 4) === code.slice(0, 4))
  );
}

function Level({
  id,
  label,
  divisions,
  loading,
  value,
  above,
  onChange,
  onBlur,
}: {
  id?: string;
  label: string;
  divisions: readonly Division[] | undefined;
  loading: boolean;
  value: string;
  above: string;
  onChange: (code: string) => void;
  onBlur: (() => void) | undefined;
}) {
  const { t } = useTranslation();
  return (
    <Select
      {...(id ? { id } : {})}
      showSearch={{ optionFilterProp: 'label' }}
      aria-label={label}
      placeholder={label}
      loading={loading}
      value={value || null}
      onChange={(code: string) => onChange(code || above)}
      {...(onBlur ? { onBlur } : {})}
      options={[
        ...(value ? [{ value: '', label: t('division.clear') }] : []),
        ...(divisions ?? []).map(({ code, name }) => ({ value: code, label: name })),
      ]}
    />
  );
}

/** The place in words: 浙江省 杭州市 西湖区. */
export function DivisionName({ code }: { code: string }) {
  const { t } = useTranslation();
  const province = code ? `${code.slice(0, 2)}0000` : '';
  const first = useDivisions('').data?.find((division) => division.code === province);
  const second = useDivisions(province || 'none', Boolean(province) && code !== province);
  const middle = within(second.data ?? [], code);
  const third = useDivisions(middle?.code ?? 'none', middle?.level === 'CITY' && code !== middle.code);
  const last = third.data?.find((division) => division.code === code);
  if (!code) return <span className="soft">{t('notGiven')}</span>;
  return (
    <span>
      {[first, middle, last]
        .map((division) => division?.name)
        .filter(Boolean)
        .join(' ') || code}
    </span>
  );
}
