import { App } from 'antd';
import { Outlet } from 'react-router';

/** Around the rooms of those who work here all day: antd's messages and dialogues are at hand from the start. */
export function Office() {
  return (
    <App>
      <Outlet />
    </App>
  );
}
