import { FilePdfOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommand } from '../../ui/command';
import { saveFile } from '../../ui/save-file';
import { certificate, type Kind } from './queries';

/** Downloads the certificate of one's own membership or attendance; the first time it is issued. */
export function CertificateButton({ kind, recordId }: { kind: Kind; recordId: string }) {
  const { t } = useTranslation('papers');
  const { run, busy } = useCommand();
  const download = async () => {
    const made = await run((header) => certificate(kind, recordId, header), { success: t('downloaded') });
    if (made) saveFile(`${t(`kind.${kind}`)}-${made.number}.pdf`, made.file);
  };
  return (
    <Button icon={<FilePdfOutlined />} loading={busy} onClick={() => void download()}>
      {t(`download.${kind}`)}
    </Button>
  );
}
