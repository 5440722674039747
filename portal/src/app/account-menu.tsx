import { UserOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { Button, Dropdown } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { signOut } from '../api/session';
import { useCommand } from '../ui/command';

/** What a signed-in person finds behind the name. */
export function AccountMenu({ name }: { name: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { run } = useCommand();
  const out = () =>
    run(async () => {
      await signOut(queries);
      void navigate('/');
    });
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items: [
          { key: 'me', label: <Link to="/me">{t('nav.me')}</Link> },
          { key: 'inbox', label: <Link to="/me/inbox">{t('nav.inbox')}</Link> },
          { key: 'security', label: <Link to="/me/security">{t('nav.security')}</Link> },
          { type: 'divider' },
          { key: 'out', label: t('nav.signOut'), onClick: () => void out() },
        ],
      }}
    >
      <Button type="text" icon={<UserOutlined />} aria-label={t('nav.account', { name })} aria-haspopup="menu">
        <span className="account-name">{name}</span>
      </Button>
    </Dropdown>
  );
}
