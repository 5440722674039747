import { Button, Checkbox, Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommand } from '../../../ui/command';
import { CommandForm } from '../../../ui/command-form';
import { discardDraft, readDraft, saveDraft } from '../../../ui/draft';
import { useEnumLabel } from '../../../ui/enum-label';
import { categories, deskKey, letterQuery, methodsOf, states, type Kind, type Letter, type Said } from '../queries';

interface Fields extends Said {
  groups?: string[];
}

/** A letter is written, or a draft is changed. What was typed is kept until it is saved. */
export function LetterForm({
  kind,
  ownerId,
  letter,
  onDone,
}: {
  kind: Kind;
  ownerId: string;
  letter?: Letter;
  onDone: (saved: Letter) => void;
}) {
  const { t } = useTranslation('letters');
  const label = useEnumLabel();
  const [form] = Form.useForm<Fields>();
  const { run, busy } = useCommand(form);
  const draft = `draft-letter-${letter ? `${letter.letterId}-${letter.etag}` : ownerId}`;
  const save = async ({ title, body, groups = [] }: Fields) => {
    const saved = await run(
      (header) =>
        letter
          ? methodsOf(kind).update(letter.letterId, { title, body }, letter.etag, header)
          : methodsOf(kind).create(ownerId, { title, body }, groups, header),
      {
        success: t('desk.saved'),
        invalidates: [deskKey(kind, ownerId), ...(letter ? [letterQuery(kind, letter.letterId).queryKey] : [])],
        sends: JSON.stringify([title, body, groups]),
      },
    );
    if (!saved) return;
    discardDraft(draft);
    onDone(saved);
  };
  return (
    <CommandForm
      form={form}
      initialValues={{ ...(letter && { title: letter.title, body: letter.body }), ...readDraft<Fields>(draft) }}
      onValuesChange={(_, all) => saveDraft(draft, all)}
      onSubmit={save}
    >
      {!letter && (
        <Form.Item name="groups" label={t(`desk.groups.${kind}`)} extra={t('desk.groupsExtra')}>
          <Checkbox.Group
            options={
              kind === 'MEMBERS'
                ? categories.map((value) => ({ value, label: label('MembershipCategory', value) }))
                : states.map((value) => ({ value, label: label('RegistrationState', value) }))
            }
          />
        </Form.Item>
      )}
      <Form.Item name="title" label={t('desk.title')} rules={[{ required: true, message: t('desk.titleRule') }]}>
        <Input maxLength={60} showCount />
      </Form.Item>
      <Form.Item
        name="body"
        label={t('desk.body')}
        extra={t('desk.bodyExtra')}
        rules={[{ required: true, message: t('desk.bodyRule') }]}
      >
        <Input.TextArea autoSize={{ minRows: 8, maxRows: 20 }} maxLength={5000} showCount />
      </Form.Item>
      <Button type="primary" htmlType="submit" block size="large" loading={busy}>
        {t('desk.save')}
      </Button>
    </CommandForm>
  );
}
