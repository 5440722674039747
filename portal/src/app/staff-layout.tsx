import { App } from 'antd';
import { Outlet } from 'react-router';

/** Around the pages of staff: antd's messages and dialogues are loaded with them, not on first use. */
export function StaffLayout() {
  return (
    <App>
      <Outlet />
    </App>
  );
}
