import { useTranslation } from 'react-i18next';

/** What a permission that decides steps is called here. */
export function usePermissionName() {
  const { t } = useTranslation('approvals-manage');
  return (permission: string): string => {
    const key: string = `permissions.${permission.replace('.', '_')}`;
    return t(key);
  };
}
