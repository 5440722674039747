import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link, useLocation, useNavigate } from 'react-router';
import { enterSession } from '../../../api/session';
import { Sheet } from '../../../ui/sheet';
import { followReturnAddress, useReturnAddress } from './return-address';
import { SignInForm } from './sign-in-form';

export function SignIn() {
  const { t } = useTranslation('account');
  const queries = useQueryClient();
  const navigate = useNavigate();
  const next = useReturnAddress();
  const { search } = useLocation();
  const enter = async () => {
    await enterSession(queries);
    followReturnAddress(next, navigate);
  };
  return (
    <Sheet title={t('signIn')} lead={t('signInLead')}>
      <SignInForm onDone={enter} />
      <p className="sheet-links">
        <Link to={`/sign-up${search}`}>{t('noAccount')}</Link>
        <Link to={`/recover${search}`}>{t('forgotten')}</Link>
      </p>
    </Sheet>
  );
}
