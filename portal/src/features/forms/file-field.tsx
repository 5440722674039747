import { DeleteOutlined, FileOutlined, UploadOutlined } from '@ant-design/icons';
import { Button, Progress } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { idempotencyKey } from '../../api/client';
import { uploadFile } from '../../api/uploads';
import { useCommand } from '../../ui/command';
import { fileTypes, LARGEST_FILE, useAttachments } from './attachments';
import type { ControlProps } from './controls';
import { limitsOf } from './evaluate';
import { useFileSize } from './words';

/** A file on its way, and what its upload is called in several attempts. */
interface Sending {
  file: File;
  key: string;
  uploadId?: string;
}

/** Files: each is sent when it is chosen; after an interruption it goes on where it was. */
export function FileField({
  field,
  id,
  value,
  onChange,
  labelled,
  described,
}: Omit<ControlProps, 'value'> & { value: string[] }) {
  const { t } = useTranslation('forms');
  const size = useFileSize();
  const { upload, known, onSent, onSending } = useAttachments();
  const { run, busy } = useCommand();
  const [share, setShare] = useState(0);
  const [wrong, setWrong] = useState('');
  const [interrupted, setInterrupted] = useState<Sending | null>(null);
  const picker = useRef<HTMLInputElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const most = limitsOf(field)?.[1] ?? 5;
  // What is typed elsewhere while a file is on its way stays; a question that is gone takes none.
  const latest = useRef<{ value: string[]; onChange: ControlProps['onChange'] } | null>(null);
  useEffect(() => {
    latest.current = { value, onChange };
    return () => {
      latest.current = null;
    };
  });
  useEffect(() => {
    if (!busy) return;
    onSending(1);
    return () => onSending(-1);
  }, [busy, onSending]);

  const send = async (sending: Sending) => {
    const { file, key } = sending;
    let { uploadId } = sending;
    setInterrupted(null);
    setShare(0);
    const complete = upload
      ? await run(
          () =>
            uploadFile(file, upload(key), {
              ...(uploadId && { begun: uploadId }),
              onBegun: (begun) => {
                uploadId = begun;
              },
              onProgress: setShare,
            }),
          {
            single: true,
            onProblem: (problem) => {
              if (problem.passing) setInterrupted({ file, key, ...(uploadId && { uploadId }) });
              return false;
            },
          },
        )
      : crypto.randomUUID();
    if (!complete) return;
    onSent(complete, { name: file.name, type: file.type, size: file.size });
    latest.current?.onChange([...latest.current.value, complete]);
  };
  const remove = (uploadId: string) => {
    onChange(value.filter((other) => other !== uploadId));
    opener.current?.focus();
    // At once, because a person has room for so many that no application uses. What cannot be deleted now is swept in a day.
    upload?.('')
      .remove(uploadId)
      .catch(() => undefined);
  };
  const choose = (file: File | undefined) => {
    if (!file) return;
    const problem =
      file.size === 0
        ? t('file.empty')
        : file.size > LARGEST_FILE
          ? t('file.tooLarge', { limit: size(LARGEST_FILE) })
          : file.type && !fileTypes.includes(file.type)
            ? t('file.wrongType')
            : '';
    setWrong(problem);
    if (!problem) void send({ file, key: idempotencyKey() });
  };
  const percent = Math.round(share * 100);
  return (
    <div role="group" aria-labelledby={labelled} aria-describedby={described || undefined} className="filler-files">
      {value.length > 0 && (
        <ul>
          {value.map((one) => {
            const file = known.get(one);
            const name = file?.name ?? t('file.unnamed');
            return (
              <li key={one}>
                <FileOutlined aria-hidden />
                <span className="filler-file">
                  {name}
                  {file && <span className="soft"> {size(file.size)}</span>}
                </span>
                <Button
                  type="text"
                  size="small"
                  icon={<DeleteOutlined aria-hidden />}
                  aria-label={t('file.remove', { name })}
                  disabled={busy}
                  onClick={() => remove(one)}
                />
              </li>
            );
          })}
        </ul>
      )}
      {busy && (
        <div className="filler-sending">
          <Progress percent={percent} showInfo={false} aria-label={t('file.progress')} />
          <p role="status">{percent < 100 ? t('file.uploading', { percent }) : t('file.checking')}</p>
        </div>
      )}
      {interrupted && !busy && (
        <p className="filler-error" role="alert">
          {t('file.interrupted', { name: interrupted.file.name })}{' '}
          <Button size="small" onClick={() => void send(interrupted)}>
            {t('file.resume')}
          </Button>
        </p>
      )}
      {wrong && (
        <p className="filler-error" role="alert">
          {wrong}
        </p>
      )}
      <input
        ref={picker}
        hidden
        type="file"
        accept={fileTypes.join(',')}
        onChange={({ target }) => {
          choose(target.files?.[0]);
          // The same file can be chosen again after it was mended.
          target.value = '';
        }}
      />
      {value.length < most && (
        <Button
          id={id}
          ref={opener}
          icon={<UploadOutlined aria-hidden />}
          disabled={busy}
          onClick={() => picker.current?.click()}
        >
          {t(value.length > 0 ? 'file.another' : 'file.choose')}
        </Button>
      )}
      <p className="soft filler-help">{t('file.limits', { limit: size(LARGEST_FILE), most })}</p>
    </div>
  );
}
