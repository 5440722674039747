import { useQueryClient } from '@tanstack/react-query';
import { App, Button, Form, Input, InputNumber, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { answer, api } from '../../api/client';
import { useAct } from '../../app/act';
import { DivisionField } from '../../app/division-field';
import { kinds, type Kind } from '../activities/queries';

interface Fields {
  title: string;
  kind: Kind;
  startsAt: string;
  endsAt: string;
  registrationClosesAt?: string;
  divisionCode?: string;
  place: string;
  capacity: number;
  creditMinutes?: number;
  description?: string;
}

/** What a field of day and hour says is meant as the clock stands in China, wherever the person sits. */
export const inChina = (local: string): string => `${local.length === 16 ? `${local}:00` : local}+08:00`;

/** A new activity, as a draft. What was typed is kept until it is saved. */
export function ActivityForm({ organisationId, onDone }: { organisationId: string; onDone: () => void }) {
  const { t } = useTranslation('desk');
  const { t: names } = useTranslation('activities');
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<Fields>();
  const { act, busy } = useAct(form);
  const draft = `draft-activity-${organisationId}`;
  const save = async (fields: Fields) => {
    const done = await act((header) =>
      answer(
        api.POST('/v1/organisations/{organisationId}/activities', {
          params: { path: { organisationId }, header },
          body: {
            title: fields.title.trim(),
            kind: fields.kind,
            startsAt: inChina(fields.startsAt),
            endsAt: inChina(fields.endsAt),
            ...(fields.registrationClosesAt && { registrationClosesAt: inChina(fields.registrationClosesAt) }),
            divisionCode: fields.divisionCode ?? '',
            place: fields.place.trim(),
            capacity: fields.capacity,
            creditMinutes: fields.creditMinutes ?? 0,
            description: fields.description?.trim() ?? '',
          },
        }),
      ),
    );
    if (!done) return;
    sessionStorage.removeItem(draft);
    void message.success(t('activities.created'));
    void queries.invalidateQueries({ queryKey: ['desk', organisationId, 'activities'] });
    onDone();
  };
  const required = (message: string) => [{ required: true, message }];
  return (
    <Form
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={kept(draft)}
      onValuesChange={(_, all) => sessionStorage.setItem(draft, JSON.stringify(all))}
      onFinish={(fields) => void save(fields)}
    >
      <Form.Item name="title" label={t('activities.form.title')} rules={[{ required: true, whitespace: true, min: 2, message: t('activities.form.titleRule') }]}>
        <Input maxLength={100} />
      </Form.Item>
      <Form.Item name="kind" label={t('activities.form.kind')} rules={required(t('activities.form.kindRule'))}>
        <Select options={kinds.map((value) => ({ value, label: names(`kind.${value}`) }))} />
      </Form.Item>
      <Form.Item name="startsAt" label={t('activities.form.startsAt')} rules={required(t('activities.form.timeRule'))}>
        <Input type="datetime-local" />
      </Form.Item>
      <Form.Item
        name="endsAt"
        label={t('activities.form.endsAt')}
        dependencies={['startsAt']}
        rules={[
          { required: true, message: t('activities.form.timeRule') },
          ({ getFieldValue }) => ({
            validator: (_, end: string | undefined) => (!end || !getFieldValue('startsAt') || end > getFieldValue('startsAt') ? Promise.resolve() : Promise.reject(new Error(t('activities.form.endRule')))),
          }),
        ]}
      >
        <Input type="datetime-local" />
      </Form.Item>
      <Form.Item name="registrationClosesAt" label={t('activities.form.closesAt')}>
        <Input type="datetime-local" />
      </Form.Item>
      <Form.Item name="divisionCode" label={t('activities.form.division')}>
        <DivisionField />
      </Form.Item>
      <Form.Item name="place" label={t('activities.form.place')} rules={[{ required: true, whitespace: true, message: t('activities.form.placeRule') }]}>
        <Input maxLength={200} />
      </Form.Item>
      <Form.Item name="capacity" label={t('activities.form.capacity')} rules={[{ required: true, type: 'integer', min: 1, max: 1_000_000, message: t('activities.form.capacityRule') }]}>
        <InputNumber min={1} max={1_000_000} precision={0} />
      </Form.Item>
      <Form.Item name="creditMinutes" label={t('activities.form.credit')} rules={[{ type: 'integer', min: 0, max: 60_000, message: t('activities.form.creditRule') }]}>
        <InputNumber min={0} max={60_000} precision={0} />
      </Form.Item>
      <Form.Item name="description" label={t('activities.form.description')}>
        <Input.TextArea autoSize={{ minRows: 4, maxRows: 12 }} maxLength={5000} showCount />
      </Form.Item>
      <Button type="primary" htmlType="submit" block size="large" loading={busy}>
        {t('activities.form.save')}
      </Button>
    </Form>
  );
}

function kept(name: string): Partial<Fields> {
  try {
    return JSON.parse(sessionStorage.getItem(name) ?? '{}') as Partial<Fields>;
  } catch {
    return {};
  }
}
