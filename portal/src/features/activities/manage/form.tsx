import { useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Form, Input, InputNumber, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { answer, api, ifMatch, type Schema } from '../../../api/client';
import { useCommand, type IdempotencyHeader } from '../../../ui/command';
import { CommandForm } from '../../../ui/command-form';
import { useEnumLabel } from '../../../ui/enum-label';
import { useNotices } from '../../../ui/notices';
import { DivisionField } from '../../../ui/division-field';
import { activityQuery } from '../../../api/activities';
import { kinds } from '../queries';
import { affectedBy } from './queries';
import { changed, created, fieldsOf, refusedField, type Fields } from './fields';
import { discardDraft, saveDraft, readDraft } from '../../../ui/draft';

/** A new activity as a draft, or one that is there already. What was typed is kept until it is saved. */
export function ActivityForm({
  organisationId,
  activity,
  onDone,
}: {
  organisationId: string;
  activity?: Schema<'Activity'>;
  onDone: () => void;
}) {
  const { t } = useTranslation('activities-manage');
  const label = useEnumLabel();
  const { message } = useNotices();
  const queries = useQueryClient();
  const [form] = Form.useForm<Fields>();
  const { run, busy } = useCommand(form);
  const [read, setRead] = useState(activity);
  const [overtaken, setOvertaken] = useState(false);
  const draft = `draft-activity-${activity ? `${activity.activityId}-${activity.etag}` : organisationId}`;
  const published = activity?.state === 'PUBLISHED';

  const save = (fields: Fields, header: IdempotencyHeader) => {
    if (!read)
      return answer(
        api.POST('/v1/organisations/{organisationId}/activities', {
          params: { path: { organisationId }, header },
          body: created(fields),
        }),
      );
    return answer(
      api.PATCH('/v1/activities/{activityId}', {
        params: { path: { activityId: read.activityId }, header: { ...header, ...ifMatch(read.etag) } },
        body: changed(fieldsOf(read), fields),
      }),
    );
  };
  /** A colleague has saved in between: fields not touched here take over what was saved, what was typed stays. */
  const overtake = async (typed: Fields) => {
    if (!read) return;
    const latest = await queries.query({ ...activityQuery(read.activityId), staleTime: 0 });
    const was = fieldsOf(read);
    const touched = Object.fromEntries(
      Object.entries(typed).filter(([name, value]) => value !== was[name as keyof Fields]),
    );
    form.setFieldsValue({ ...fieldsOf(latest), ...touched });
    setRead(latest);
    setOvertaken(true);
  };
  const finish = async (fields: Fields) => {
    setOvertaken(false);
    const sent = read ? changed(fieldsOf(read), fields) : {};
    if (read && Object.keys(sent).length === 0) {
      onDone();
      return;
    }
    const done = await run((header) => save(fields, header), {
      success: t(activity ? 'saved' : 'created'),
      invalidates: affectedBy(organisationId, activity?.activityId ?? ''),
      onProblem: ({ code }) => {
        if (code !== 'ETAG_MISMATCH') return refusedField(code, sent, published) ?? false;
        void overtake(fields).catch(() => message.error(t('form.lost')));
        return true;
      },
    });
    if (!done) return;
    discardDraft(draft);
    onDone();
  };
  const required = (message: string) => [{ required: true, message }];
  return (
    <CommandForm
      form={form}
      initialValues={{ ...(activity && fieldsOf(activity)), ...readDraft<Fields>(draft) }}
      onValuesChange={(_, all) => saveDraft(draft, all)}
      onSubmit={finish}
    >
      {overtaken && <Alert className="form-note" type="warning" showIcon title={t('form.overtaken')} />}
      {published && activity.seatsTaken > 0 && (
        <Alert className="form-note" type="info" showIcon title={t('form.people', { count: activity.seatsTaken })} />
      )}
      <Form.Item
        name="title"
        label={t('form.title')}
        rules={[{ required: true, whitespace: true, min: 2, message: t('form.titleRule') }]}
      >
        <Input maxLength={100} />
      </Form.Item>
      {activity ? (
        <dl className="form-fixed">
          <dt>{t('form.kind')}</dt>
          <dd>{label('ActivityKind', activity.kind)}</dd>
          <dd className="soft">{t('form.fixed')}</dd>
        </dl>
      ) : (
        <Form.Item name="kind" label={t('form.kind')} rules={required(t('form.kindRule'))}>
          <Select options={kinds.map((value) => ({ value, label: label('ActivityKind', value) }))} />
        </Form.Item>
      )}
      <Form.Item name="startsAt" label={t('form.startsAt')} rules={required(t('form.timeRule'))}>
        <Input type="datetime-local" />
      </Form.Item>
      <Form.Item
        name="endsAt"
        label={t('form.endsAt')}
        dependencies={['startsAt']}
        rules={[
          { required: true, message: t('form.timeRule') },
          ({ getFieldValue }) => ({
            validator: (_, end: string | undefined) =>
              !end || !getFieldValue('startsAt') || end > getFieldValue('startsAt')
                ? Promise.resolve()
                : Promise.reject(new Error(t('form.endRule'))),
          }),
        ]}
      >
        <Input type="datetime-local" />
      </Form.Item>
      <Form.Item
        name="registrationClosesAt"
        label={t('form.closesAt')}
        dependencies={['endsAt']}
        rules={[
          ({ getFieldValue }) => ({
            validator: (_, closes: string | undefined) =>
              !closes || !getFieldValue('endsAt') || closes <= getFieldValue('endsAt')
                ? Promise.resolve()
                : Promise.reject(new Error(t('form.closesRule'))),
          }),
        ]}
      >
        <Input type="datetime-local" allowClear />
      </Form.Item>
      <Form.Item name="divisionCode" label={t('form.division')} extra={published && t('form.divisionUntil')}>
        <DivisionField />
      </Form.Item>
      <Form.Item
        name="place"
        label={t('form.place')}
        rules={[{ required: true, whitespace: true, message: t('form.placeRule') }]}
      >
        <Input maxLength={200} />
      </Form.Item>
      <Form.Item
        name="capacity"
        label={t('form.capacity')}
        rules={[{ required: true, type: 'integer', min: 1, max: 1_000_000, message: t('form.capacityRule') }]}
      >
        <InputNumber min={1} max={1_000_000} precision={0} inputMode="numeric" />
      </Form.Item>
      <Form.Item
        name="creditMinutes"
        label={t('form.credit')}
        extra={published && t('form.creditFixed')}
        rules={[{ type: 'integer', min: 0, max: 60_000, message: t('form.creditRule') }]}
      >
        <InputNumber min={0} max={60_000} precision={0} inputMode="numeric" disabled={published} />
      </Form.Item>
      <Form.Item name="description" label={t('form.description')}>
        <Input.TextArea autoSize={{ minRows: 4, maxRows: 12 }} maxLength={5000} showCount />
      </Form.Item>
      <Button type="primary" htmlType="submit" block size="large" loading={busy}>
        {t(published ? 'form.savePublished' : 'form.save')}
      </Button>
    </CommandForm>
  );
}
