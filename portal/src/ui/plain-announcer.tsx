import { useEffect, useState } from 'react';
import type { Announcer } from './notices';

/**
 * Replaces `AntdAnnouncer` when that cannot be loaded, as without a network, when messages matter most. Short
 * messages stand at the foot of the page, questions are the browser's own.
 */
export function PlainAnnouncer({ onReady }: { onReady: (speaker: Announcer) => void }) {
  const [said, setSaid] = useState<{ text: string; seconds: number } | null>(null);
  useEffect(() => {
    const message = (text: string, seconds = 3) => setSaid({ text, seconds });
    onReady({
      message: { success: message, info: message, warning: message, error: message },
      modal: {
        confirm: ({ title, content, onOk }) => {
          const words = [title, content].filter((part) => typeof part === 'string').join('\n\n');
          if (window.confirm(words)) void onOk?.();
        },
      },
    });
  }, [onReady]);
  useEffect(() => {
    if (!said) return;
    const timer = setTimeout(() => setSaid(null), said.seconds * 1000);
    return () => clearTimeout(timer);
  }, [said]);
  return (
    <div role="alert" className="plain-announcer">
      {said && <p>{said.text}</p>}
    </div>
  );
}
