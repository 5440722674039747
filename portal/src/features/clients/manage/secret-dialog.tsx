import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { copyText } from '../../../ui/clipboard';
import { Dialog } from '../../../ui/dialog';
import { useMoment } from '../../../ui/moment';
import { useNotices } from '../../../ui/notices';
import { keepsSecret, type Kind, type Secret } from './client';
import './secret-dialog.css';

/** The only time a secret is seen: the dialogue closes by its button alone. */
export function SecretDialog({ client, secret, oldUntil, onKept }: Secret & { onKept: () => void }) {
  const { t } = useTranslation('clients');
  const moment = useMoment();
  const { message } = useNotices();
  const signs = client.authentication?.method === 'PRIVATE_KEY_JWT';
  const expected = keepsSecret(client.kind as Kind, signs ? 'PRIVATE_KEY_JWT' : 'CLIENT_SECRET');
  const copy = async (text: string) => {
    if (await copyText(text)) message.success(t('copied'));
    else message.warning(t('copyFailed'));
  };
  return (
    <Dialog title={secret ? t('secretTitle') : client.name} closeLabel={{ label: t('kept'), onClick: onKept }}>
      <p>{secret ? t('secretText') : t(expected ? 'secretGone' : signs ? 'ownKey' : 'noSecret')}</p>
      {(['id', 'secret'] as const).map((what) => {
        const text = what === 'id' ? client.clientId : secret;
        if (!text) return null;
        return (
          <div className="secret" key={what}>
            <span className="soft">{t(what)}</span>
            <code className="mono">{text}</code>
            <Button size="small" aria-label={`${t('copy')} ${t(what)}`} onClick={() => void copy(text)}>
              {t('copy')}
            </Button>
          </div>
        );
      })}
      {oldUntil && <p className="soft">{t('old', { at: moment.exact(oldUntil) })}</p>}
    </Dialog>
  );
}
