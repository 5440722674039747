export { InboxBell } from './bell';
export { unreadQuery } from './queries';
