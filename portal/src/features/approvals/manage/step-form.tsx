import { Button, Checkbox, Form, Input, InputNumber, Radio, Select } from 'antd';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { CommandForm } from '../../../ui/command-form';
import { staffQuery } from './calls';
import { several, type Fields } from './edit';
import { usePermissionName } from './permission-name';

/** The form of one step: what it is called, who decides, how many, how long, and what happens otherwise. */
export function StepForm({
  organisationId,
  permissions,
  parents,
  first,
  initial,
  onDone,
}: {
  organisationId: string;
  permissions: readonly string[];
  /** Whether a step can be decided at the organisation above. */
  parents: boolean;
  /** The first step has no earlier deciders. */
  first: boolean;
  initial: Fields;
  onDone: (fields: Fields) => void;
}) {
  const { t } = useTranslation('approvals-manage');
  const permissionName = usePermissionName();
  const [form] = Form.useForm<Fields>();
  // Before the first rendering is done there are no values.
  const watched = Form.useWatch([], form) as Partial<Fields> | undefined;
  const { who, quorum, escalates, atLeast, personIds } = { ...initial, ...watched };
  const returns = several({ who, quorum, atLeast, personIds });
  const places =
    parents || initial.who === 'PARENT' ? (['OWN', 'PARENT', 'PEOPLE'] as const) : (['OWN', 'PEOPLE'] as const);
  // Of a step of named people there is none to begin with.
  const stored = { ...initial, permission: initial.permission || (permissions[0] ?? '') };
  const named = who === 'PEOPLE';
  const quorums = named ? (['ONE', 'ALL', 'AT_LEAST'] as const) : (['ONE', 'AT_LEAST'] as const);
  return (
    <CommandForm form={form} initialValues={stored} onSubmit={(fields) => onDone({ ...stored, ...fields })}>
      <Form.Item
        name="titleZh"
        label={t('stepTitle')}
        rules={[{ required: true, whitespace: true, message: t('stepTitleRule') }]}
      >
        <Input maxLength={20} placeholder={t('stepTitleHint')} />
      </Form.Item>
      <Form.Item name="titleEn" label={t('stepTitleEn')}>
        <Input maxLength={60} />
      </Form.Item>
      <Form.Item name="who" label={t('who')}>
        <Radio.Group options={places.map((value) => ({ value, label: t(`whoIs.${value}`) }))} />
      </Form.Item>
      {named ? (
        <>
          <Form.Item
            name="personIds"
            label={t('people')}
            extra={t('peopleExtra')}
            rules={[{ required: true, type: 'array', min: 1, message: t('peopleRule') }]}
          >
            <PeopleSelect organisationId={organisationId} />
          </Form.Item>
          <Form.Item name="panelZh" label={t('panel')}>
            <Input maxLength={40} placeholder={t('panelHint')} />
          </Form.Item>
        </>
      ) : (
        <Form.Item name="permission" label={t('permission')}>
          <Select options={permissions.map((value) => ({ value, label: permissionName(value) }))} />
        </Form.Item>
      )}
      <Form.Item name="quorum" label={t('quorum')}>
        <Radio.Group options={quorums.map((value) => ({ value, label: t(`quorumIs.${value}`) }))} />
      </Form.Item>
      {quorum === 'AT_LEAST' && (
        <Form.Item name="atLeast" label={t('atLeast')}>
          <InputNumber min={1} max={50} precision={0} />
        </Form.Item>
      )}
      <Form.Item name="workingDays" label={t('days')} rules={[{ required: true, message: t('daysRule') }]}>
        <InputNumber min={1} max={60} precision={0} />
      </Form.Item>
      {!first && (
        <Form.Item name="fourEyes" valuePropName="checked">
          <Checkbox>{t('fourEyes')}</Checkbox>
        </Form.Item>
      )}
      {returns ? (
        <p className="soft">{t('mayReturnAlways')}</p>
      ) : (
        <Form.Item name="mayReturn" valuePropName="checked">
          <Checkbox>{t('mayReturn')}</Checkbox>
        </Form.Item>
      )}
      <Form.Item name="mayReject" valuePropName="checked">
        <Checkbox>{t('mayReject')}</Checkbox>
      </Form.Item>
      <Form.Item name="escalates" valuePropName="checked">
        <Checkbox>{t('escalates')}</Checkbox>
      </Form.Item>
      {escalates && (
        <Form.Item
          name="escalationIds"
          label={t('escalation')}
          extra={initial.escalationTo?.permission && t('escalationKept')}
          rules={
            initial.escalationTo?.permission
              ? []
              : [{ required: true, type: 'array', min: 1, message: t('peopleRule') }]
          }
        >
          <PeopleSelect organisationId={organisationId} />
        </Form.Item>
      )}
      <Button type="primary" htmlType="submit">
        {t('stepDone')}
      </Button>
    </CommandForm>
  );
}

/** Chooses among those who hold a role here. */
function PeopleSelect({
  organisationId,
  value,
  onChange,
  id,
}: {
  organisationId: string;
  value?: string[];
  onChange?: (value: string[]) => void;
  id?: string;
}) {
  const { t } = useTranslation('approvals-manage');
  const staff = useQuery(staffQuery(organisationId));
  const options = [...(staff.data ?? [])].map(([personId, { number }]) => ({ value: personId, label: number }));
  return (
    <Select
      {...(id && { id })}
      mode="multiple"
      maxCount={50}
      loading={staff.isLoading}
      value={value ?? []}
      onChange={(chosen) => onChange?.(chosen)}
      options={options}
      showSearch={{ optionFilterProp: 'label' }}
      placeholder={t('peopleHint')}
    />
  );
}
