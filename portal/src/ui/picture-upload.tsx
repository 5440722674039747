import { PictureOutlined } from '@ant-design/icons';
import { Alert, Button, Form, Input, Progress } from 'antd';
import { useCallback, useEffect, useId, useRef, useState } from 'react';
import { idempotencyKey } from '../api/client';
import { uploadFile } from '../api/uploads';
import { useCommand } from './command';
import { CommandForm } from './command-form';
import type { PictureSource } from './picture-panel';

/** What the platform takes, said before anything is sent. */
const types = ['image/png', 'image/jpeg', 'image/webp'];

interface Fields {
  altZh: string;
  altEn?: string;
}

/** What an upload is called in several attempts: a new one for every file. */
interface Begun {
  key: string;
  uploadId?: string;
}

/** A file, and an address of it for this page alone. */
interface Chosen {
  file: File;
  preview: string;
}

function forget(preview: string | undefined) {
  if (preview) URL.revokeObjectURL(preview);
}

/** Chooses a picture, shows it, describes it, sends it, and proposes it. After an interruption it goes on where it was. */
export function PictureUpload({ source }: { source: PictureSource }) {
  const { words } = source;
  const [form] = Form.useForm<Fields>();
  const { run, busy } = useCommand(form);
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [wrong, setWrong] = useState('');
  const [share, setShare] = useState<number | null>(null);
  const [interrupted, setInterrupted] = useState(false);
  const begun = useRef<Begun>({ key: idempotencyKey() });
  const picker = useRef<HTMLInputElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const hint = useId();
  const shown = useRef<string>(undefined);
  const forgetShown = useCallback(() => forget(shown.current), []);
  useEffect(() => {
    return forgetShown;
  }, [forgetShown]);

  const choose = (file: File | undefined) => {
    if (!file) return;
    forgetShown();
    begun.current = { key: idempotencyKey() };
    setInterrupted(false);
    setShare(null);
    const problem =
      file.size === 0
        ? words('empty')
        : file.size > source.limit
          ? words('tooLarge')
          : file.type && !types.includes(file.type)
            ? words('wrongType')
            : '';
    setWrong(problem);
    shown.current = problem ? undefined : URL.createObjectURL(file);
    setChosen(shown.current ? { file, preview: shown.current } : null);
  };
  const propose = async ({ altZh, altEn = '' }: Fields) => {
    if (!chosen) {
      setWrong(words('rule'));
      opener.current?.focus();
      return;
    }
    setInterrupted(false);
    await run(
      async (header) => {
        const { key, uploadId } = begun.current;
        const complete = await uploadFile(chosen.file, source.upload(key), {
          ...(uploadId && { begun: uploadId }),
          onBegun: (id) => {
            begun.current = { key, uploadId: id };
          },
          onProgress: setShare,
        });
        return source.propose({ uploadId: complete, altZh: altZh.trim(), altEn: altEn.trim() }, header);
      },
      {
        success: words('proposed'),
        refreshes: [source.listKey],
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
      <div className="picture-choice">
        <div className="picture-shown">
          {chosen ? <img src={chosen.preview} alt={words('preview')} /> : <PictureOutlined aria-hidden />}
        </div>
        <div>
          <input
            ref={picker}
            hidden
            type="file"
            accept={types.join(',')}
            onChange={({ target }) => {
              choose(target.files?.[0]);
              // The same file can be chosen again after it was mended.
              target.value = '';
            }}
          />
          <Button ref={opener} disabled={busy} aria-describedby={hint} onClick={() => picker.current?.click()}>
            {words(chosen ? 'other' : 'choose')}
          </Button>
          <p className="soft" id={hint}>
            {chosen ? chosen.file.name : words('limits')}
          </p>
          {wrong && (
            <p className="picture-wrong" role="alert">
              {wrong}
            </p>
          )}
        </div>
      </div>
      <Form.Item
        name="altZh"
        label={words('altZh')}
        extra={words('altZhText')}
        rules={[{ required: true, whitespace: true, message: words('altZhRule') }]}
      >
        <Input maxLength={100} disabled={busy} />
      </Form.Item>
      <Form.Item name="altEn" label={words('altEn')}>
        <Input maxLength={100} disabled={busy} />
      </Form.Item>
      {share !== null && busy && (
        <div className="picture-progress">
          <Progress percent={percent} showInfo={false} aria-label={words('progress')} />
          <p role="status">{percent < 100 ? words('uploading', { percent }) : words('checking')}</p>
        </div>
      )}
      {interrupted && <Alert className="form-note" type="warning" showIcon title={words('interrupted')} />}
      <Button type="primary" htmlType="submit" block size="large" loading={busy}>
        {words(interrupted ? 'resume' : 'submit')}
      </Button>
    </CommandForm>
  );
}
