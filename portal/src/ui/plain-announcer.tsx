import { useEffect, useState } from 'react';
import type { Speaker } from './notices';

/**
 * Says what `Voice` says when that cannot be loaded, as without a network: what went wrong has to be said then above all. Short
 * messages stand at the foot of the page, questions are the browser's own.
 */
export function PlainVoice({ onReady }: { onReady: (speaker: Speaker) => void }) {
  const [said, say] = useState<{ text: string; seconds: number } | null>(null);
  useEffect(() => {
    const message = (text: string, seconds = 3) => say({ text, seconds });
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
    const timer = setTimeout(() => say(null), said.seconds * 1000);
    return () => clearTimeout(timer);
  }, [said]);
  return (
    <div role="alert" className="plain-voice">
      {said && <p>{said.text}</p>}
    </div>
  );
}
