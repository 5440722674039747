import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useLocation, useNavigate } from 'react-router';
import { NotAllowed, Plain } from './states';

/** One has to be signed in here; afterwards one comes back. */
export function SignInFirst() {
  const { t } = useTranslation('desk');
  const { t: word } = useTranslation();
  const location = useLocation();
  const navigate = useNavigate();
  return (
    <Plain heading={t('signInFirst')}>
      <Button
        type="primary"
        onClick={() => void navigate(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`)}
      >
        {t('signIn')}
      </Button>
      <Link to="/">{word('state.backHome')}</Link>
    </Plain>
  );
}

export { NotAllowed as NoPermission };
