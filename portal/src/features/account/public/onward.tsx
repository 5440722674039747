import { Button } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTitle } from '../../../ui/sheet';
import { Loading, MessagePage } from '../../../ui/states';
import { goOn, goOnAgain } from './authorization';

/** Whose browser is still here after this time, in milliseconds, has not got through. */
const STUCK_AFTER = 8000;

/** The browser goes on with a request of a site. If that leads nowhere, the person can try again. */
export function Onward({ id }: { id: string }) {
  const { t } = useTranslation('account');
  const [attempt, setAttempt] = useState(0);
  const [stuck, setStuck] = useState(false);
  useTitle(t('consentOnward'));
  useEffect(() => {
    if (attempt === 0) goOn(id);
    else goOnAgain(id);
    const timer = setTimeout(() => setStuck(true), STUCK_AFTER);
    return () => clearTimeout(timer);
  }, [id, attempt]);
  if (!stuck) return <Loading />;
  const again = () => {
    setStuck(false);
    setAttempt(attempt + 1);
  };
  return (
    <MessagePage heading={t('onwardStuck')} text={t('onwardStuckText')}>
      <Button type="primary" onClick={again}>
        {t('onwardAgain')}
      </Button>
    </MessagePage>
  );
}
