import { PictureOutlined } from '@ant-design/icons';
import { Alert, Button, Form, Input, Progress } from 'antd';
import { useEffect, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { answer, api, idempotencyKey } from '../../../api/client';
import { uploadFile } from '../../../api/uploads';
import { useCommand } from '../../../ui/command';
import { CommandForm } from '../../../ui/command-form';
import { logoLimit, logosQuery, logoTypes, logoUpload } from './logo-queries';

interface Fields {
  altZh: string;
  altEn: string;
}

/** What an upload is called in several attempts: a new one for every file. */
interface Begun {
  key: string;
  uploadId?: string;
}

/** Chooses a picture, shows it, describes it, sends it, and proposes it. After an interruption it goes on where it was. */
export function LogoUpload({ organisationId }: { organisationId: string }) {
  const { t } = useTranslation('organisations-manage');
  const [form] = Form.useForm<Fields>();
  const { run, busy } = useCommand(form);
  const [file, setFile] = useState<File | null>(null);
  const [wrong, setWrong] = useState('');
  const [share, setShare] = useState<number | null>(null);
  const [interrupted, setInterrupted] = useState(false);
  const begun = useRef<Begun>({ key: idempotencyKey() });
  const picker = useRef<HTMLInputElement>(null);
  const hint = useId();
  const preview = usePreview(file);

  const choose = (chosen: File | undefined) => {
    if (!chosen) return;
    begun.current = { key: idempotencyKey() };
    setInterrupted(false);
    setShare(null);
    const problem =
      chosen.size === 0
        ? t('logo.empty')
        : chosen.size > logoLimit
          ? t('logo.tooLarge')
          : chosen.type && !logoTypes.includes(chosen.type)
            ? t('logo.wrongType')
            : '';
    setWrong(problem);
    setFile(problem ? null : chosen);
  };
  const propose = async ({ altZh, altEn = '' }: Fields) => {
    if (!file) {
      setWrong(t('logo.rule'));
      picker.current?.focus();
      return;
    }
    setInterrupted(false);
    await run(
      async (header) => {
        const { key, uploadId } = begun.current;
        const complete = await uploadFile(file, logoUpload(organisationId, key), {
          ...(uploadId && { begun: uploadId }),
          onBegun: (id) => {
            begun.current = { key, uploadId: id };
          },
          onProgress: setShare,
        });
        return answer(
          api.POST('/v1/organisations/{organisationId}/logos', {
            params: { path: { organisationId }, header },
            body: { uploadId: complete, altZh: altZh.trim(), altEn: altEn.trim() },
          }),
        );
      },
      {
        success: t('logo.proposed'),
        refreshes: [logosQuery(organisationId).queryKey],
        onProblem: (problem) => {
          setShare(null);
          setInterrupted(problem.passing);
          // A refused file is not sent again, and an upload that is gone is begun anew.
          if (!problem.passing) begun.current = { key: idempotencyKey() };
          return false;
        },
      },
    );
  };
  const percent = Math.round((share ?? 0) * 100);
  return (
    <CommandForm form={form} onSubmit={propose}>
      <div className="logo-choice">
        <div className="logo-shown">
          {preview ? <img src={preview} alt={t('logo.preview')} /> : <PictureOutlined aria-hidden />}
        </div>
        <div>
          <input
            ref={picker}
            className="visually-hidden"
            type="file"
            accept={logoTypes.join(',')}
            aria-label={t('logo.choose')}
            aria-describedby={hint}
            aria-invalid={Boolean(wrong)}
            onChange={({ target }) => choose(target.files?.[0])}
          />
          <Button disabled={busy} onClick={() => picker.current?.click()}>
            {t(file ? 'logo.other' : 'logo.choose')}
          </Button>
          <p className="soft" id={hint}>
            {file ? file.name : t('logo.limits')}
          </p>
          {wrong && (
            <p className="logo-wrong" role="alert">
              {wrong}
            </p>
          )}
        </div>
      </div>
      <Form.Item
        name="altZh"
        label={t('logo.altZh')}
        extra={t('logo.altZhText')}
        rules={[{ required: true, whitespace: true, message: t('logo.altZhRule') }]}
      >
        <Input maxLength={100} disabled={busy} />
      </Form.Item>
      <Form.Item name="altEn" label={t('logo.altEn')}>
        <Input maxLength={100} disabled={busy} />
      </Form.Item>
      {share !== null && busy && (
        <div className="logo-progress">
          <Progress percent={percent} showInfo={false} aria-label={t('logo.progress')} />
          <p role="status">{percent < 100 ? t('logo.uploading', { percent }) : t('logo.checking')}</p>
        </div>
      )}
      {interrupted && <Alert className="form-note" type="warning" showIcon title={t('logo.interrupted')} />}
      <Button type="primary" htmlType="submit" block size="large" loading={busy}>
        {t(interrupted ? 'logo.resume' : 'logo.submit')}
      </Button>
    </CommandForm>
  );
}

/** An address of the chosen file, for this page alone. */
function usePreview(file: File | null): string | null {
  const [address, setAddress] = useState<string | null>(null);
  useEffect(() => {
    if (!file) {
      setAddress(null);
      return undefined;
    }
    const made = URL.createObjectURL(file);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return address;
}
