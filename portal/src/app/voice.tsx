import { App } from 'antd';
import { useEffect } from 'react';

type Said = ReturnType<typeof App.useApp>;

function Hand({ onReady }: { onReady: (said: Said) => void }) {
  const said = App.useApp();
  useEffect(() => {
    onReady(said);
  }, [said, onReady]);
  return null;
}

/** antd's messages and dialogues, handed to `NoticeBoard`. */
export function Voice({ onReady }: { onReady: (said: Said) => void }) {
  return (
    <App component={false}>
      <Hand onReady={onReady} />
    </App>
  );
}
