import { useQuery } from '@tanstack/react-query';
import { Alert, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { applicationFormQuery, FormChanges, formChangesQuery, type Definition } from '../../forms';
import type { Application } from '../queries';

/** The society has published a new version of its form: what differs, and the way to take it. Until then the old one is answered. */
export function NewVersion({
  application,
  busy,
  onTake,
}: {
  application: Application;
  busy: boolean;
  onTake: (definition: Definition) => void;
}) {
  const { t } = useTranslation('applications');
  const { organisationId, formVersion, currentFormVersion } = application;
  const now = useQuery(applicationFormQuery(organisationId, currentFormVersion));
  const changes = useQuery(formChangesQuery(organisationId, currentFormVersion, formVersion));
  if (!now.data || !changes.data) return null;
  const { definition } = now.data;
  return (
    <Alert
      className="join-returned"
      type="info"
      showIcon
      title={t('newVersion')}
      description={
        <>
          <FormChanges changes={changes.data} />
          <Button loading={busy} onClick={() => onTake(definition)}>
            {t('takeVersion')}
          </Button>
        </>
      }
    />
  );
}
