import { Button, Result } from 'antd';
import { useTranslation } from 'react-i18next';
import { useLocation, useNavigate } from 'react-router';

/** One has to be signed in here; afterwards one comes back. */
export function SignInFirst() {
  const { t } = useTranslation('desk');
  const location = useLocation();
  const navigate = useNavigate();
  return (
    <Result
      title={t('signInFirst')}
      extra={
        <Button
          type="primary"
          onClick={() => void navigate(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`)}
        >
          {t('signIn')}
        </Button>
      }
    />
  );
}

export function NoPermission() {
  const { t } = useTranslation();
  return <Result status="403" title={t('state.noPermission')} />;
}
