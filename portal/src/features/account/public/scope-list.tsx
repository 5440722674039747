import { useTranslation } from 'react-i18next';

/** What a site would learn, or has learnt. */
export function ScopeList({ scopes }: { scopes: readonly string[] }) {
  const { t } = useTranslation('account');
  return (
    <ul>
      {scopes.map((scope) => (
        <li key={scope}>{t(`scope.${scope}`, { defaultValue: scope })}</li>
      ))}
    </ul>
  );
}
