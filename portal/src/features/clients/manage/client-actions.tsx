import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { answer, api } from '../../../api/client';
import { useCommand } from '../../../ui/command';
import { useConfirm } from '../../../ui/confirm';
import { useMoment } from '../../../ui/moment';
import { keepsSecret, type Client, type Kind, type Secret } from './client';
import { clientsQuery } from './queries';

/** Editing a client, changing its secret, ending the one before, and switching it off. */
export function ClientActions({
  client,
  organisationId,
  onSecret,
  onEdit,
}: {
  client: Client;
  organisationId: string;
  onSecret: (secret: Secret) => void;
  onEdit: (client: Client) => void;
}) {
  const { t } = useTranslation('clients');
  const rotation = useCommand();
  const ending = useCommand();
  const disabling = useCommand();
  const moment = useMoment();
  const confirm = useConfirm();
  const { clientId, name, oldSecretExpiresAt: oldUntil } = client;
  const rotate = async () => {
    const done = await rotation.run(
      (header) =>
        answer(api.POST('/v1/clients/{clientId}:rotateSecret', { params: { path: { clientId }, header }, body: {} })),
      { invalidates: [clientsQuery(organisationId).queryKey] },
    );
    if (done) onSecret({ client, secret: done.clientSecret, oldUntil: done.oldSecretExpiresAt });
  };
  const endOld = () =>
    ending.run(
      (header) =>
        answer(api.POST('/v1/clients/{clientId}:endOldSecret', { params: { path: { clientId }, header }, body: {} })),
      { success: t('endOldDone'), invalidates: [clientsQuery(organisationId).queryKey] },
    );
  const disable = () =>
    disabling.run(
      (header) =>
        answer(api.POST('/v1/clients/{clientId}:disable', { params: { path: { clientId }, header }, body: {} })),
      { success: t('disabledDone'), invalidates: [clientsQuery(organisationId).queryKey] },
    );
  return (
    <>
      <Button size="small" onClick={() => onEdit(client)}>
        {t('edit')}
      </Button>
      {oldUntil && (
        <Button
          size="small"
          onClick={() =>
            confirm({
              title: t('endOldTitle', { name }),
              content: t('endOldText', { at: moment.exact(oldUntil) }),
              confirm: t('endOld'),
              onConfirm: endOld,
            })
          }
        >
          {t('endOld')}
        </Button>
      )}
      {keepsSecret(
        client.kind as Kind,
        client.authentication?.method === 'PRIVATE_KEY_JWT' ? 'PRIVATE_KEY_JWT' : undefined,
      ) && (
        <Button
          size="small"
          onClick={() =>
            confirm({
              title: t('rotateTitle', { name }),
              content: t('rotateText'),
              confirm: t('rotate'),
              danger: false,
              onConfirm: rotate,
            })
          }
        >
          {t('rotate')}
        </Button>
      )}
      <Button
        size="small"
        danger
        onClick={() =>
          confirm({
            title: t('disableTitle', { name }),
            content: t('disableText'),
            confirm: t('disable'),
            onConfirm: disable,
          })
        }
      >
        {t('disable')}
      </Button>
    </>
  );
}
