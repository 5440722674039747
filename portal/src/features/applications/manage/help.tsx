import { Button } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../../ui/dialog';
import { isPlainKey } from './plain-key';
import { keys, offered } from './decide';
import type { Step } from './queries';

/** Every key of the queue, a `?` away. */
export function ShortcutHelp({ step, may }: { step: Step; may: (permission: string) => boolean }) {
  const { t } = useTranslation('applications-manage');
  const { t: app } = useTranslation();
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key === '?' && isPlainKey(event)) setOpen(true);
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
  const lines = [
    ['j', t('review.next')],
    ['k', t('review.previous')],
    ['s', t('review.tick')],
    ...offered(step, may).map((decision) => [keys[decision], t(`decision.${decision}`)]),
    ['Ctrl + Enter', t('review.send')],
    ['Esc', t('review.close')],
    ['?', t('review.help')],
  ] as const;
  return (
    <>
      <Button type="text" aria-keyshortcuts="?" onClick={() => setOpen(true)}>
        {t('review.help')} <kbd aria-hidden>?</kbd>
      </Button>
      <Dialog
        open={open}
        title={t('review.help')}
        closeLabel={{ label: app('form.done'), onClick: () => setOpen(false) }}
        onClose={() => setOpen(false)}
      >
        <dl className="key-lines">
          {lines.map(([key, what]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <p className="soft">{t('review.helpOff')}</p>
      </Dialog>
    </>
  );
}
