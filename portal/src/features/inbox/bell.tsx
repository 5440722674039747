import { BellOutlined } from '@ant-design/icons';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useUnread } from './live';
import './bell.css';

/** The way to the inbox, with the number of unread notices. It changes by itself; a screen reader says the new number. */
export function InboxBell() {
  const { t } = useTranslation();
  const unread = useUnread();
  const name = unread > 0 ? t('nav.inboxUnread', { count: unread }) : t('nav.inbox');
  return (
    <>
      <Link to="/me/inbox" className="inbox-bell" aria-label={name} title={name}>
        <BellOutlined aria-hidden />
        {unread > 0 && (
          <span className="inbox-count" aria-hidden>
            {unread > 99 ? '99+' : unread}
          </span>
        )}
      </Link>
      <span className="visually-hidden" role="status">
        {unread > 0 && name}
      </span>
    </>
  );
}
