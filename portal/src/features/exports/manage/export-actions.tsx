import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommand } from '../../../ui/command';
import { saveFile } from '../../../ui/save-file';
import { cancelExport, exportFile, exportsKey, underWay, type Export, type Kind } from './queries';

/** Downloading a file that is ready, and cancelling one that is not. */
export function ExportActions({
  export: one,
  kind,
  organisationId,
}: {
  export: Export;
  kind: Kind;
  organisationId: string;
}) {
  const { t } = useTranslation('exports');
  const { run, busy } = useCommand();
  const refreshes = [exportsKey(organisationId, kind)];
  const download = async () => {
    const done = await run(() => exportFile(kind, one.exportId), { refreshes });
    if (done) saveFile(done.name, done.file);
  };
  const cancel = () =>
    run((header) => cancelExport(kind, one.exportId, header), { success: t('cancelled'), refreshes });
  if (one.state === 'READY')
    return (
      <Button size="small" type="primary" loading={busy} onClick={() => void download()}>
        {t('download')}
      </Button>
    );
  if (underWay(one))
    return (
      <Button size="small" loading={busy} onClick={() => void cancel()}>
        {t('cancel')}
      </Button>
    );
  return null;
}
