import { Form, Input, Radio, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { useEnumLabel } from '../../../ui/enum-label';
import { DivisionField } from '../../../ui/division-field';
import { categories, educations } from './draft';

export function CategoryStep() {
  const { t } = useTranslation('applications');
  const label = useEnumLabel();
  return (
    <Form.Item name="category" label={t('categoryAsk')}>
      <Radio.Group className="join-categories">
        {categories.map((category) => (
          <Radio key={category} value={category}>
            <strong>{label('MembershipCategory', category)}</strong>
            <span className="soft">{t(`categoryText.${category}`)}</span>
          </Radio>
        ))}
      </Radio.Group>
    </Form.Item>
  );
}

export function FormStep() {
  const { t } = useTranslation('applications');
  const label = useEnumLabel();
  const needed = (message: string) => [{ required: true, whitespace: true, message }];
  return (
    <>
      <Form.Item name="employer" label={t('employer')} extra={t('employerHint')} rules={needed(t('employerRule'))}>
        <Input autoComplete="organization" maxLength={100} />
      </Form.Item>
      <Form.Item name="position" label={t('position')}>
        <Input autoComplete="organization-title" maxLength={60} />
      </Form.Item>
      <Form.Item name="education" label={t('education')} rules={[{ required: true, message: t('educationRule') }]}>
        <Select
          placeholder={t('choose')}
          options={educations.map((value) => ({ value, label: label('ApplicationFormEducation', value) }))}
        />
      </Form.Item>
      <Form.Item
        name="researchField"
        label={t('researchField')}
        extra={t('researchFieldHint')}
        rules={needed(t('researchFieldRule'))}
      >
        <Input maxLength={100} />
      </Form.Item>
      <Form.Item name="divisionCode" label={t('division')} rules={needed(t('divisionRule'))}>
        <DivisionField />
      </Form.Item>
      <Form.Item name="statement" label={t('statement')}>
        <Input.TextArea maxLength={1000} showCount autoSize={{ minRows: 4, maxRows: 12 }} />
      </Form.Item>
    </>
  );
}
