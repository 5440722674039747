import { Alert, Button, Input, InputNumber, Radio, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Condition, Field } from '../definition';
import { useWords } from '../words';
import { needsValue, operatorsFor, type Operator, type Rule, type Rules } from './rules';

/** When a question is shown, by choosing: earlier questions, and what was answered to them. */
export function ConditionEditor({
  rules,
  earlier,
  onChange,
}: {
  rules: Rules;
  earlier: readonly Field[];
  onChange: (rules: Rules) => void;
}) {
  const { t } = useTranslation('forms-manage');
  const words = useWords();
  if (earlier.length === 0) return <p className="soft">{t('condition.first')}</p>;
  const change = (at: number, rule: Rule) =>
    onChange({ ...rules, rules: rules.rules.map((one, index) => (index === at ? rule : one)) });
  const begin = (key: string): Rule => {
    const field = earlier.find((one) => one.key === key);
    return { field: key, operator: (field && operatorsFor(field)[0]) ?? 'filled' };
  };
  return (
    <div className="builder-rules">
      {rules.rules.length > 1 && (
        <Radio.Group
          aria-label={t('condition.combine')}
          value={rules.all}
          onChange={(event) => onChange({ ...rules, all: event.target.value as boolean })}
          options={[
            { value: true, label: t('condition.all') },
            { value: false, label: t('condition.any') },
          ]}
        />
      )}
      {rules.rules.map((rule, at) => {
        const field = earlier.find((one) => one.key === rule.field);
        return (
          <div key={at} className="builder-rule">
            <Select
              aria-label={t('condition.question')}
              value={rule.field}
              onChange={(key: string) => change(at, begin(key))}
              options={earlier.map((one) => ({ value: one.key, label: words(one.title) || t('untitled') }))}
            />
            <Select
              aria-label={t('condition.operator')}
              value={rule.operator}
              onChange={(operator: Operator) => change(at, { ...rule, operator })}
              options={(field ? operatorsFor(field) : [rule.operator]).map((operator) => ({
                value: operator,
                label: t(`operator.${operator}`),
              }))}
            />
            {field && needsValue(rule.operator) && (
              <RuleValue field={field} rule={rule} onChange={(value) => change(at, { ...rule, value })} />
            )}
            <Button
              size="small"
              onClick={() => onChange({ ...rules, rules: rules.rules.filter((_, index) => index !== at) })}
            >
              {t('condition.remove')}
            </Button>
          </div>
        );
      })}
      <Button
        size="small"
        onClick={() => onChange({ ...rules, rules: [...rules.rules, begin(earlier.at(-1)?.key ?? '')] })}
      >
        {t(rules.rules.length === 0 ? 'condition.begin' : 'condition.add')}
      </Button>
    </div>
  );
}

function RuleValue({
  field,
  rule,
  onChange,
}: {
  field: Field;
  rule: Rule;
  onChange: (value: string | number | boolean) => void;
}) {
  const { t } = useTranslation('forms-manage');
  const words = useWords();
  const label = t('condition.value');
  switch (field.type) {
    case 'single':
    case 'multiple':
      return (
        <Select
          aria-label={label}
          placeholder={label}
          value={rule.value ?? null}
          onChange={onChange}
          options={[
            ...(field.options ?? []).map((option) => ({ value: option.key, label: words(option.title) })),
            ...(field.other ? [{ value: 'other', label: t('other') }] : []),
          ]}
        />
      );
    case 'yesNo':
      return (
        <Select
          aria-label={label}
          placeholder={label}
          value={rule.value ?? null}
          onChange={onChange}
          options={[
            { value: true, label: t('yes') },
            { value: false, label: t('no') },
          ]}
        />
      );
    case 'date':
    case 'decimal':
      return (
        <Input
          aria-label={label}
          type={field.type === 'date' ? 'date' : 'text'}
          value={String(rule.value ?? '')}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    default: {
      const fen = field.type === 'money';
      return (
        <InputNumber
          aria-label={label}
          value={typeof rule.value === 'number' ? (fen ? rule.value / 100 : rule.value) : null}
          onChange={(number) => onChange(number === null ? '' : fen ? Math.round(number * 100) : number)}
          {...(fen ? { prefix: '¥' } : { precision: 0 })}
        />
      );
    }
  }
}

/** The same where a condition says more than rules can: it can be kept or removed. */
export function ConditionPart({
  condition,
  earlier,
  rules,
  onRules,
  onRemove,
}: {
  condition: Condition | undefined;
  earlier: readonly Field[];
  rules: Rules | undefined;
  onRules: (rules: Rules) => void;
  onRemove: () => void;
}) {
  const { t } = useTranslation('forms-manage');
  if (condition && !rules)
    return (
      <Alert
        type="info"
        showIcon
        title={t('condition.written')}
        action={<Button onClick={onRemove}>{t('condition.remove')}</Button>}
      />
    );
  return <ConditionEditor rules={rules ?? { all: true, rules: [] }} earlier={earlier} onChange={onRules} />;
}
