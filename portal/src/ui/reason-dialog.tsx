import { Button, Form, Input, type FormInstance } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { CommandForm } from './command-form';
import { Dialog } from './dialog';
import './reason-dialog.css';

/** Asks for the reason of a decision, which the person concerned reads: a text, or prepared texts as a start. */
export function ReasonDialog<Fields extends { reason?: string }>({
  form,
  title,
  lead,
  confirm,
  danger = false,
  busy,
  templates = [],
  first = 'reason',
  children,
  onConfirm,
  onClose,
}: {
  form: FormInstance<Fields>;
  title: string;
  lead: string;
  confirm: string;
  danger?: boolean;
  busy: boolean;
  templates?: readonly string[];
  /** The field that has the focus at first. */
  first?: string;
  /** Fields that are asked for before the reason. */
  children?: ReactNode;
  onConfirm: (reason: string, fields: Fields) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  // Of the fields only the reason is known here.
  const reasons = form as unknown as FormInstance<{ reason?: string }>;
  const add = (text: string) => {
    const now = (reasons.getFieldsValue().reason ?? '').trim();
    reasons.setFieldValue('reason', now ? `${now}\n${text}` : text);
    reasons.setFields([{ name: 'reason', errors: [] }]);
  };
  return (
    <Dialog
      title={title}
      action={{ label: confirm, danger, busy, onClick: () => form.submit() }}
      onClose={onClose}
      onShown={() => form.focusField(first)}
    >
      <p className="soft">{lead}</p>
      <CommandForm form={form} preserve={false} onSubmit={(fields) => onConfirm((fields.reason ?? '').trim(), fields)}>
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
      </CommandForm>
    </Dialog>
  );
}
