import { useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Form, Input, InputNumber, Switch } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { answer, api, ifMatch, type Schema } from '../../../api/client';
import { organisationQuery } from '../../../api/organisations';
import { useCommand } from '../../../ui/command';
import { CommandForm } from '../../../ui/command-form';
import { discardDraft, saveDraft, readDraft } from '../../../ui/draft';
import { useNotices } from '../../../ui/notices';

type Organisation = Schema<'Organisation'>;
type Profile = Required<Schema<'UpdateOrganisationRequest'>>;

const profileOf = ({ shortName, introduction, website, acceptsApplications, reviewDays }: Organisation): Profile => ({
  shortName,
  introduction,
  website,
  acceptsApplications,
  reviewDays,
});

/** The fields that differ from what was read. */
const different = (was: Profile, now: Profile): Partial<Profile> =>
  Object.fromEntries(Object.entries(now).filter(([name, value]) => was[name as keyof Profile] !== value));

/** What an organisation says about itself. Name, code and place in the tree stay. */
export function EditForm({ organisation, onDone }: { organisation: Organisation; onDone: () => void }) {
  const { t } = useTranslation('organisations-manage');
  const { message } = useNotices();
  const queries = useQueryClient();
  const [form] = Form.useForm<Profile>();
  const { run, busy } = useCommand(form);
  const [read, setRead] = useState(organisation);
  const [overtaken, setOvertaken] = useState(false);
  const { organisationId } = organisation;
  const draft = `draft-organisation-${organisationId}-${organisation.etag}`;

  /** A colleague has saved in between: fields not touched here take over what was saved, what was typed stays. */
  const overtake = async (typed: Profile) => {
    const latest = await queries.query({ ...organisationQuery(organisationId), staleTime: 0 });
    form.setFieldsValue({ ...profileOf(latest), ...different(profileOf(read), typed) });
    setRead(latest);
    setOvertaken(true);
  };
  const save = async (fields: Profile) => {
    setOvertaken(false);
    const typed: Profile = {
      ...fields,
      shortName: fields.shortName.trim(),
      website: fields.website.trim(),
      introduction: fields.introduction.trim(),
    };
    const body = different(profileOf(read), typed);
    if (Object.keys(body).length === 0) {
      onDone();
      return;
    }
    const done = await run(
      (header) =>
        answer(
          api.PATCH('/v1/organisations/{organisationId}', {
            params: { path: { organisationId }, header: { ...header, ...ifMatch(read.etag) } },
            body,
          }),
        ),
      {
        success: t('organisation.saved'),
        invalidates: [
          ['staff', organisation.parentId, 'children'],
          ['organisation', organisationId, 'line'],
        ],
        onProblem: ({ code }) => {
          if (code !== 'ETAG_MISMATCH') return false;
          void overtake(typed).catch(() => message.error(t('organisation.lost')));
          return true;
        },
      },
    );
    if (!done) return;
    discardDraft(draft);
    queries.setQueryData(organisationQuery(organisationId).queryKey, done);
    onDone();
  };
  return (
    <CommandForm
      form={form}
      initialValues={{ ...profileOf(organisation), ...readDraft<Profile>(draft) }}
      onValuesChange={(_, all) => saveDraft(draft, all)}
      onSubmit={save}
    >
      {overtaken && <Alert className="form-note" type="warning" showIcon title={t('organisation.overtaken')} />}
      <Form.Item name="shortName" label={t('organisation.shortName')}>
        <Input maxLength={40} />
      </Form.Item>
      <Form.Item
        name="website"
        label={t('organisation.website')}
        rules={[{ pattern: /^\s*(https:\/\/\S+)?\s*$/, message: t('organisation.websiteRule') }]}
      >
        <Input maxLength={300} placeholder="https://" inputMode="url" spellCheck={false} />
      </Form.Item>
      <Form.Item name="introduction" label={t('organisation.introduction')}>
        <Input.TextArea autoSize={{ minRows: 6, maxRows: 16 }} maxLength={2000} showCount />
      </Form.Item>
      <Form.Item
        name="acceptsApplications"
        label={t('organisation.accepts')}
        valuePropName="checked"
        extra={t('organisation.acceptsText')}
      >
        <Switch />
      </Form.Item>
      <Form.Item
        name="reviewDays"
        label={t('organisation.reviewDays')}
        extra={t('organisation.reviewDaysText')}
        rules={[{ required: true, message: t('organisation.reviewDaysRule') }]}
      >
        <InputNumber min={1} max={60} precision={0} inputMode="numeric" suffix={t('organisation.workingDays')} />
      </Form.Item>
      <Button type="primary" htmlType="submit" block size="large" loading={busy}>
        {t('organisation.save')}
      </Button>
    </CommandForm>
  );
}
