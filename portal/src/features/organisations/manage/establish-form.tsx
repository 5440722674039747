import { Button, Form, Input, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { answer, api, type Schema } from '../../../api/client';
import { useCommand } from '../../../ui/command';
import { CommandForm } from '../../../ui/command-form';
import { DivisionField } from '../../../ui/division-field';
import { discardDraft, saveDraft, readDraft } from '../../../ui/draft';
import { useEnumLabel } from '../../../ui/enum-label';
import { classes, hasClass, kindsBelow, type Kind } from './kinds';

type Organisation = Schema<'Organisation'>;

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
  const { t } = useTranslation('organisations-manage');
  const label = useEnumLabel();
  const navigate = useNavigate();
  const [form] = Form.useForm<Established>();
  const { run, busy } = useCommand(form);
  const kinds = kindsBelow(parent.kind);
  const draft = `draft-organisation-below-${parent.organisationId}`;
  const kind = Form.useWatch('kind', form);
  const establish = async (fields: Established) => {
    const done = await run(
      (header) =>
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
      { success: t('organisation.established'), invalidates: [['staff', parent.organisationId, 'children']] },
    );
    if (!done) return;
    discardDraft(draft);
    onDone();
    void navigate(`/staff?organisation=${done.organisationId}`, { replace: true });
  };
  return (
    <CommandForm
      form={form}
      initialValues={{ kind: kinds[0], divisionCode: parent.divisionCode, ...readDraft<Established>(draft) }}
      onValuesChange={(_, all) => saveDraft(draft, all)}
      onSubmit={establish}
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
        <Select options={kinds.map((value) => ({ value, label: label('OrganisationKind', value) }))} />
      </Form.Item>
      {hasClass(kind) && (
        <Form.Item
          name="subjectClass"
          label={t('organisation.class')}
          rules={[{ required: true, message: t('organisation.classRule') }]}
        >
          <Select options={classes.map((value) => ({ value, label: label('OrganisationSubjectClass', value) }))} />
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
    </CommandForm>
  );
}
