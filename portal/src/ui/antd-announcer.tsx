import { App } from 'antd';
import { useEffect } from 'react';
import type { Announcer } from './notices';

function Connector({ onReady }: { onReady: (announcer: Announcer) => void }) {
  const announcer = App.useApp();
  useEffect(() => {
    onReady(announcer);
  }, [announcer, onReady]);
  return null;
}

/** antd's messages and dialogues, handed to `NoticeProvider`. */
export function AntdAnnouncer({ onReady }: { onReady: (announcer: Announcer) => void }) {
  return (
    <App component={false}>
      <Connector onReady={onReady} />
    </App>
  );
}
