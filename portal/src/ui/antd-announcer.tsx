import { App } from 'antd';
import { useEffect } from 'react';
import type { Speaker } from './notices';

function Hand({ onReady }: { onReady: (said: Speaker) => void }) {
  const said = App.useApp();
  useEffect(() => {
    onReady(said);
  }, [said, onReady]);
  return null;
}

/** antd's messages and dialogues, handed to `NoticeBoard`. */
export function Voice({ onReady }: { onReady: (said: Speaker) => void }) {
  return (
    <App component={false}>
      <Hand onReady={onReady} />
    </App>
  );
}
