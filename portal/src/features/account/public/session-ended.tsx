import { useQueryClient } from '@tanstack/react-query';
import { Button, Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { meQuery } from '../../../api/me';
import { clearPersonalData } from '../../../api/session';
import { broadcastSession } from '../../../api/tabs';
import { SignInForm } from './sign-in-form';

/** The session has ended in the midst of something: one signs in on top of the page, and what was typed there is still there. */
export function SessionEnded({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('account');
  const queries = useQueryClient();
  const navigate = useNavigate();
  const before = queries.getQueryData(meQuery.queryKey);
  const back = async () => {
    const now = await queries.query({ ...meQuery, staleTime: 0 });
    if (now?.accountId !== before?.accountId) {
      // Another person has signed in: nothing of the page is theirs.
      broadcastSession(now?.accountId ?? null);
      window.location.assign('/me');
      return;
    }
    broadcastSession(now?.accountId ?? null);
    onClose();
    await queries.invalidateQueries();
  };
  const leave = () => {
    clearPersonalData(queries);
    broadcastSession(null);
    onClose();
    void navigate('/');
  };
  return (
    <Modal
      open
      title={t('ended')}
      footer={null}
      closable={false}
      mask={{ closable: false }}
      keyboard={false}
      width={460}
    >
      <p className="soft">{t('endedText')}</p>
      <SignInForm onDone={back} />
      <Button type="link" block onClick={leave}>
        {t('endedLeave')}
      </Button>
    </Modal>
  );
}
