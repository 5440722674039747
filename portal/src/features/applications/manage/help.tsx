import { Button, Modal } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { plain } from './application';
import { keys, offered } from './decide';
import type { Step } from './queries';

/** Every key of the queue, a `?` away. */
export function Help({ step, may }: { step: Step; may: (permission: string) => boolean }) {
  const { t } = useTranslation('desk');
  const { t: app } = useTranslation();
  const [open, show] = useState(false);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key === '?' && plain(event)) show(true);
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
      <Button type="text" aria-keyshortcuts="?" onClick={() => show(true)}>
        {t('review.help')} <kbd aria-hidden>?</kbd>
      </Button>
      <Modal
        open={open}
        onCancel={() => show(false)}
        title={t('review.help')}
        footer={
          <Button type="primary" onClick={() => show(false)}>
            {app('form.done')}
          </Button>
        }
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
      </Modal>
    </>
  );
}
