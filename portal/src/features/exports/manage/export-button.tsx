import { DownloadOutlined } from '@ant-design/icons';
import { Button, Checkbox, Form, Input, Radio, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { useCommand, type IdempotencyHeader } from '../../../ui/command';
import { CommandForm } from '../../../ui/command-form';
import { Dialog } from '../../../ui/dialog';
import { useEnumLabel } from '../../../ui/enum-label';
import { exportsKey, formats, purposes, type Asked, type Export, type Kind } from './queries';

interface Props<Column extends string> {
  kind: Kind;
  organisationId: string;
  /** In the order of the file. */
  columns: readonly Column[];
  /** What the purpose most likely is. */
  purpose: Asked<Column>['purpose'];
  /** Which rows, in words. */
  rows: string;
  send: (asked: Asked<Column>, header: IdempotencyHeader) => Promise<Export>;
}

/** Asks for a list as a file: in which form, which columns, what for. The file is made in the background. */
export function ExportButton<Column extends string>(props: Props<Column>) {
  const { t } = useTranslation('exports');
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button icon={<DownloadOutlined aria-hidden />} onClick={() => setAsking(true)}>
        {t('export')}
      </Button>
      {asking && <AskDialog {...props} onClose={() => setAsking(false)} />}
    </>
  );
}

function AskDialog<Column extends string>({
  kind,
  organisationId,
  columns,
  purpose,
  rows,
  send,
  onClose,
}: Props<Column> & { onClose: () => void }) {
  const { t, i18n } = useTranslation('exports');
  const label = useEnumLabel();
  const navigate = useNavigate();
  const [form] = Form.useForm<Omit<Asked<Column>, 'language'>>();
  const { run, busy } = useCommand(form);
  const ask = async (fields: Omit<Asked<Column>, 'language'>) => {
    const asked: Asked<Column> = {
      ...fields,
      purposeText: fields.purposeText.trim(),
      // In the order of the list, whichever was ticked first.
      columns: columns.filter((column) => fields.columns.includes(column)),
      language: i18n.language === 'en' ? 'EN' : 'ZH',
    };
    const done = await run((header) => send(asked, header), {
      success: t('started'),
      invalidates: [exportsKey(organisationId, kind)],
    });
    if (done) void navigate(`/desk/${organisationId}/exports`);
  };
  return (
    <Dialog
      title={t(`title.${kind}`)}
      action={{ label: t('start'), busy, onClick: () => form.submit() }}
      onClose={onClose}
      onShown={() => form.focusField('purposeText')}
    >
      <p className="soft">{rows}</p>
      <p className="soft">{t('lead')}</p>
      <CommandForm
        form={form}
        preserve={false}
        initialValues={{ format: 'XLSX', columns: [...columns], purpose }}
        onSubmit={ask}
      >
        <Form.Item name="format" label={t('format')}>
          <Radio.Group options={formats.map((value) => ({ value, label: label('ExportFormat', value) }))} />
        </Form.Item>
        <Form.Item
          name="columns"
          label={t('columns')}
          rules={[{ required: true, type: 'array', min: 1, message: t('columnsRule') }]}
        >
          <Checkbox.Group options={columns.map((value) => ({ value, label: t(`column.${value}`) }))} />
        </Form.Item>
        <Form.Item name="purpose" label={t('purpose')}>
          <Select options={purposes.map((value) => ({ value, label: label('ExportPurpose', value) }))} />
        </Form.Item>
        <Form.Item
          name="purposeText"
          label={t('purposeText')}
          extra={t('purposeExtra')}
          rules={[{ required: true, whitespace: true, min: 2, message: t('purposeRule') }]}
        >
          <Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} maxLength={200} />
        </Form.Item>
      </CommandForm>
    </Dialog>
  );
}
