import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import type { useCommand } from '../../../ui/command';

/** Sends a form of this feature. A security check is told of in its place: it may take some seconds. */
export function SubmitButton({ command, label }: { command: ReturnType<typeof useCommand>; label: string }) {
  const { t } = useTranslation();
  return (
    <Button type="primary" htmlType="submit" block size="large" loading={command.busy}>
      {command.checking ? t('securityCheck') : label}
    </Button>
  );
}
