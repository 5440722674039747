import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { answer, api } from '../../../api/client';
import { useCommand } from '../../../ui/command';
import { useConfirm } from '../../../ui/confirm';
import type { Client, Secret } from './client';
import { clientsQuery } from './queries';

/** Changing the secret of a client, and switching it off. */
export function ClientActions({
  client,
  organisationId,
  onSecret,
}: {
  client: Client;
  organisationId: string;
  onSecret: (secret: Secret) => void;
}) {
  const { t } = useTranslation('clients');
  const rotation = useCommand();
  const disabling = useCommand();
  const confirm = useConfirm();
  const { clientId, name } = client;
  const rotate = async () => {
    const done = await rotation.run((header) =>
      answer(api.POST('/v1/clients/{clientId}:rotateSecret', { params: { path: { clientId }, header }, body: {} })),
    );
    if (done) onSecret({ client, secret: done.clientSecret, oldUntil: done.oldSecretExpiresAt });
  };
  const disable = () =>
    disabling.run(
      (header) =>
        answer(api.POST('/v1/clients/{clientId}:disable', { params: { path: { clientId }, header }, body: {} })),
      { success: t('disabledDone'), invalidates: [clientsQuery(organisationId).queryKey] },
    );
  return (
    <>
      {client.kind !== 'PUBLIC_APP' && (
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
