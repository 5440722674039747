import { useTranslation } from 'react-i18next';
import type { Schema } from '../../../api/client';

/** The title of a role in the language of the page; its code where the platform no longer knows the role. */
export function useRoleName() {
  const { i18n } = useTranslation();
  return (role: Schema<'Role'> | undefined, code: string): string =>
    role ? (i18n.language === 'en' ? role.titleEn : role.titleZh) : code;
}
