import { Button, Form, Input, Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import type { ReactNode } from 'react';
import type { FormInstance } from 'antd';

/** What one has to say to the person who reads it: a text of one's own, or a prepared one to go on from. */
export function ReasonDialog<Fields extends { reason?: string }>({
  form,
  title,
  lead,
  yes,
  danger,
  busy,
  templates,
  first = 'reason',
  children,
  onSay,
  onLeave,
}: {
  form: FormInstance<Fields>;
  title: string;
  lead: string;
  yes: string;
  danger?: boolean;
  busy: boolean;
  templates: readonly string[];
  /** The field that is written in first. */
  first?: string;
  /** Fields that are asked for before the reason. */
  children?: ReactNode;
  onSay: (reason: string, fields: Fields) => void;
  onLeave: () => void;
}) {
  const { t } = useTranslation('desk');
  const { t: app } = useTranslation();
  // Of the fields only the reason is known here.
  const reasons = form as unknown as FormInstance<{ reason?: string }>;
  const add = (text: string) => {
    const now = (reasons.getFieldsValue().reason ?? '').trim();
    reasons.setFieldValue('reason', now ? `${now}\n${text}` : text);
    reasons.setFields([{ name: 'reason', errors: [] }]);
  };
  return (
    <Modal
      open
      title={title}
      onCancel={onLeave}
      afterOpenChange={(shown) => shown && form.focusField(first)}
      onOk={() => form.submit()}
      okText={yes}
      cancelText={app('form.cancel')}
      okButtonProps={{ danger: danger ?? false, loading: busy }}
    >
      <p className="soft">{lead}</p>
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        preserve={false}
        onFinish={(fields) => onSay((fields.reason ?? '').trim(), fields)}
      >
        {children}
        {templates.length > 0 && (
          <div className="reason-templates" role="group" aria-label={t('reason.templates')}>
            {templates.map((text) => (
              <Button key={text} size="small" onClick={() => add(text)}>
                {text}
              </Button>
            ))}
          </div>
        )}
        <Form.Item
          name="reason"
          label={t('reason.label')}
          rules={[{ required: true, whitespace: true, min: 2, message: t('reason.rule') }]}
        >
          <Input.TextArea
            autoSize={{ minRows: 3, maxRows: 10 }}
            maxLength={500}
            showCount
            onKeyDown={(event) => {
              if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.submit();
            }}
          />
        </Form.Item>
      </Form>
    </Modal>
  );
}
