import { useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Form, Input, Select, Switch } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { answer, api, ifMatch, type Schema } from '../../../api/client';
import { useAct } from '../../../ui/command';
import { DivisionField } from '../../../ui/division-field';
import { dropDraft, keepDraft, keptDraft } from '../../../ui/draft';
import { classes, hasClass, kindsBelow, type Kind } from './kinds';
import { organisationQuery } from '../../../api/organisations';

type Organisation = Schema<'Organisation'>;
type Said = Required<Schema<'UpdateOrganisationRequest'>>;

const saidOf = ({ shortName, introduction, website, acceptsApplications }: Organisation): Said => ({
  shortName,
  introduction,
  website,
  acceptsApplications,
});

/** What of it is different from what was read. */
const different = (was: Said, now: Said): Partial<Said> =>
  Object.fromEntries(Object.entries(now).filter(([name, value]) => was[name as keyof Said] !== value));

/** What an organisation says about itself. Name, code and place in the tree stay. */
export function EditForm({ organisation, onDone }: { organisation: Organisation; onDone: () => void }) {
  const { t } = useTranslation('staff');
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<Said>();
  const { act, busy } = useAct(form);
  const [read, reread] = useState(organisation);
  const [overtaken, tell] = useState(false);
  const { organisationId } = organisation;
  const draft = `draft-organisation-${organisationId}-${organisation.etag}`;

  /** A colleague was quicker: what one did not touch is taken over, what one typed stays. */
  const overtake = async (typed: Said) => {
    const latest = await queries.query({ ...organisationQuery(organisationId), staleTime: 0 });
    form.setFieldsValue({ ...saidOf(latest), ...different(saidOf(read), typed) });
    reread(latest);
    tell(true);
  };
  const save = async (fields: Said) => {
    tell(false);
    const typed: Said = {
      ...fields,
      shortName: fields.shortName.trim(),
      website: fields.website.trim(),
      introduction: fields.introduction.trim(),
    };
    const body = different(saidOf(read), typed);
    if (Object.keys(body).length === 0) {
      onDone();
      return;
    }
    const done = await act(
      (header) =>
        answer(
          api.PATCH('/v1/organisations/{organisationId}', {
            params: { path: { organisationId }, header: { ...header, ...ifMatch(read.etag) } },
            body,
          }),
        ),
      (problem) => {
        if (problem.code !== 'ETAG_MISMATCH') return false;
        void overtake(typed).catch(() => void message.error(t('organisation.lost')));
        return true;
      },
    );
    if (!done) return;
    dropDraft(draft);
    queries.setQueryData(organisationQuery(organisationId).queryKey, done);
    void queries.invalidateQueries({ queryKey: ['staff', organisation.parentId, 'children'] });
    void queries.invalidateQueries({ queryKey: ['organisation', organisationId, 'line'] });
    void message.success(t('organisation.saved'));
    onDone();
  };
  return (
    <Form
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={{ ...saidOf(organisation), ...keptDraft<Said>(draft) }}
      onValuesChange={(_, all) => keepDraft(draft, all)}
      onFinish={(fields) => void save(fields)}
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
      <Button type="primary" htmlType="submit" block size="large" loading={busy}>
        {t('organisation.save')}
      </Button>
    </Form>
  );
}

interface Established {
  code: string;
  name: string;
  shortName?: string;
  kind: Kind;
  divisionCode?: string;
  subjectClass?: (typeof classes)[number];
}

/** A new organisation below another one. */
export function EstablishForm({ parent, onDone }: { parent: Organisation; onDone: () => void }) {
  const { t } = useTranslation('staff');
  const { t: words } = useTranslation('organisations');
  const { message } = App.useApp();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [form] = Form.useForm<Established>();
  const { act, busy } = useAct(form);
  const kinds = kindsBelow(parent.kind);
  const draft = `draft-organisation-below-${parent.organisationId}`;
  const kind = Form.useWatch('kind', form);
  const establish = async (fields: Established) => {
    const done = await act((header) =>
      answer(
        api.POST('/v1/organisations', {
          params: { header },
          body: {
            parentId: parent.organisationId,
            code: fields.code.trim().toUpperCase(),
            name: fields.name.trim(),
            shortName: fields.shortName?.trim() ?? '',
            kind: fields.kind,
            divisionCode: fields.divisionCode ?? '',
            ...(hasClass(fields.kind) && fields.subjectClass && { subjectClass: fields.subjectClass }),
          },
        }),
      ),
    );
    if (!done) return;
    dropDraft(draft);
    void queries.invalidateQueries({ queryKey: ['staff', parent.organisationId, 'children'] });
    void message.success(t('organisation.established'));
    onDone();
    void navigate(`/staff?organisation=${done.organisationId}`, { replace: true });
  };
  return (
    <Form
      form={form}
      layout="vertical"
      requiredMark={false}
      scrollToFirstError={{ focus: true }}
      initialValues={{ kind: kinds[0], divisionCode: parent.divisionCode, ...keptDraft<Established>(draft) }}
      onValuesChange={(_, all) => keepDraft(draft, all)}
      onFinish={(fields) => void establish(fields)}
    >
      <Form.Item
        name="name"
        label={t('organisation.name')}
        rules={[{ required: true, whitespace: true, min: 2, message: t('organisation.nameRule') }]}
      >
        <Input maxLength={80} />
      </Form.Item>
      <Form.Item
        name="code"
        label={t('organisation.code')}
        extra={t('organisation.codeText')}
        rules={[
          { required: true, pattern: /^\s*[A-Za-z0-9][A-Za-z0-9-]{0,19}\s*$/, message: t('organisation.codeRule') },
        ]}
      >
        <Input maxLength={22} autoComplete="off" spellCheck={false} />
      </Form.Item>
      <Form.Item
        name="kind"
        label={t('organisation.kind')}
        rules={[{ required: true, message: t('organisation.kindRule') }]}
      >
        <Select options={kinds.map((value) => ({ value, label: words(`kind.${value}`) }))} />
      </Form.Item>
      {hasClass(kind) && (
        <Form.Item
          name="subjectClass"
          label={t('organisation.class')}
          rules={[{ required: true, message: t('organisation.classRule') }]}
        >
          <Select options={classes.map((value) => ({ value, label: words(`class.${value}`) }))} />
        </Form.Item>
      )}
      <Form.Item name="shortName" label={t('organisation.shortName')}>
        <Input maxLength={40} />
      </Form.Item>
      <Form.Item name="divisionCode" label={t('organisation.seat')}>
        <DivisionField />
      </Form.Item>
      <Button type="primary" htmlType="submit" block size="large" loading={busy}>
        {t('organisation.establish')}
      </Button>
    </Form>
  );
}
