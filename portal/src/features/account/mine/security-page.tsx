import { useTranslation } from 'react-i18next';
import { useTitle } from '../../../ui/sheet';
import { Password } from './password';
import { Sessions } from './sessions';

/** Where I am signed in, and my password. */
export function SecurityPage() {
  const { t } = useTranslation('security');
  useTitle(t('title'));
  return (
    <>
      <h1>{t('title')}</h1>
      <p className="lead">{t('lead')}</p>
      <Sessions />
      <Password />
    </>
  );
}
