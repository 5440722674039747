import { useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Form, Input, InputNumber, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { answer, api, ifMatch, type Schema } from '../../../api/client';
import { useAct } from '../../../ui/command';
import { DivisionField } from '../../../ui/division-field';
import { activityQuery, kinds } from '../queries';
import { changed, created, fieldsOf, refusedField, type Fields } from './fields';
import { dropDraft, keepDraft, keptDraft } from '../../../ui/draft';

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
  const { t } = useTranslation('desk');
  const { t: names } = useTranslation('activities');
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<Fields>();
  const { act, busy } = useAct(form);
  const [read, reread] = useState(activity);
  const [overtaken, tell] = useState(false);
  const draft = `draft-activity-${activity ? `${activity.activityId}-${activity.etag}` : organisationId}`;
  const published = activity?.state === 'PUBLISHED';

  const save = (fields: Fields, header: { 'Idempotency-Key': string }) => {
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
  /** A colleague was quicker: what one did not touch is taken over, what one typed stays. */
  const overtake = async (typed: Fields) => {
    if (!read) return;
    const latest = await queries.query({ ...activityQuery(read.activityId), staleTime: 0 });
    const was = fieldsOf(read);
    const touched = Object.fromEntries(
      Object.entries(typed).filter(([name, value]) => value !== was[name as keyof Fields]),
    );
    form.setFieldsValue({ ...fieldsOf(latest), ...touched });
    reread(latest);
    tell(true);
  };
  const finish = async (fields: Fields) => {
    tell(false);
    const sent = read ? changed(fieldsOf(read), fields) : {};
    if (read && Object.keys(sent).length === 0) {
      onDone();
      return;
    }
    const done = await act(
      (header) => save(fields, header),
      (problem) => {
        if (problem.code !== 'ETAG_MISMATCH') return refusedField(problem.code, sent, published) ?? false;
        void overtake(fields).catch(() => void message.error(t('activities.form.lost')));
        return true;
      },
    );
    if (!done) return;
    dropDraft(draft);
    void message.success(t(activity ? 'activities.saved' : 'activities.created'));
    void queries.invalidateQueries({ queryKey: ['desk', organisationId, 'activities'] });
    void queries.invalidateQueries({ queryKey: ['activity', done.activityId] });
    void queries.invalidateQueries({ queryKey: ['activities'] });
    onDone();
  };
  const required = (message: string) => [{ required: true, message }];
  return (
    <Form
      form={form}
      layout="vertical"
      requiredMark={false}
      scrollToFirstError={{ focus: true }}
      initialValues={{ ...(activity && fieldsOf(activity)), ...keptDraft<Fields>(draft) }}
      onValuesChange={(_, all) => keepDraft(draft, all)}
      onFinish={(fields) => void finish(fields)}
    >
      {overtaken && <Alert className="form-note" type="warning" showIcon title={t('activities.form.overtaken')} />}
      {published && activity.seatsTaken > 0 && (
        <Alert
          className="form-note"
          type="info"
          showIcon
          title={t('activities.form.people', { count: activity.seatsTaken })}
        />
      )}
      <Form.Item
        name="title"
        label={t('activities.form.title')}
        rules={[{ required: true, whitespace: true, min: 2, message: t('activities.form.titleRule') }]}
      >
        <Input maxLength={100} />
      </Form.Item>
      {activity ? (
        <dl className="form-fixed">
          <dt>{t('activities.form.kind')}</dt>
          <dd>{names(`kind.${activity.kind}`)}</dd>
          <dd className="soft">{t('activities.form.fixed')}</dd>
        </dl>
      ) : (
        <Form.Item name="kind" label={t('activities.form.kind')} rules={required(t('activities.form.kindRule'))}>
          <Select options={kinds.map((value) => ({ value, label: names(`kind.${value}`) }))} />
        </Form.Item>
      )}
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
            validator: (_, end: string | undefined) =>
              !end || !getFieldValue('startsAt') || end > getFieldValue('startsAt')
                ? Promise.resolve()
                : Promise.reject(new Error(t('activities.form.endRule'))),
          }),
        ]}
      >
        <Input type="datetime-local" />
      </Form.Item>
      <Form.Item
        name="registrationClosesAt"
        label={t('activities.form.closesAt')}
        dependencies={['endsAt']}
        rules={[
          ({ getFieldValue }) => ({
            validator: (_, closes: string | undefined) =>
              !closes || !getFieldValue('endsAt') || closes <= getFieldValue('endsAt')
                ? Promise.resolve()
                : Promise.reject(new Error(t('activities.form.closesRule'))),
          }),
        ]}
      >
        <Input type="datetime-local" allowClear />
      </Form.Item>
      <Form.Item
        name="divisionCode"
        label={t('activities.form.division')}
        extra={published && t('activities.form.divisionUntil')}
      >
        <DivisionField />
      </Form.Item>
      <Form.Item
        name="place"
        label={t('activities.form.place')}
        rules={[{ required: true, whitespace: true, message: t('activities.form.placeRule') }]}
      >
        <Input maxLength={200} />
      </Form.Item>
      <Form.Item
        name="capacity"
        label={t('activities.form.capacity')}
        rules={[
          { required: true, type: 'integer', min: 1, max: 1_000_000, message: t('activities.form.capacityRule') },
        ]}
      >
        <InputNumber min={1} max={1_000_000} precision={0} inputMode="numeric" />
      </Form.Item>
      <Form.Item
        name="creditMinutes"
        label={t('activities.form.credit')}
        extra={published && t('activities.form.creditFixed')}
        rules={[{ type: 'integer', min: 0, max: 60_000, message: t('activities.form.creditRule') }]}
      >
        <InputNumber min={0} max={60_000} precision={0} inputMode="numeric" disabled={published} />
      </Form.Item>
      <Form.Item name="description" label={t('activities.form.description')}>
        <Input.TextArea autoSize={{ minRows: 4, maxRows: 12 }} maxLength={5000} showCount />
      </Form.Item>
      <Button type="primary" htmlType="submit" block size="large" loading={busy}>
        {t(published ? 'activities.form.savePublished' : 'activities.form.save')}
      </Button>
    </Form>
  );
}
