import type { App } from 'antd';
import { createContext, lazy, Suspense, useContext, useMemo, useState, type PropsWithChildren } from 'react';
import { PlainVoice } from './plain-announcer';
import './notices.css';

type Question = Parameters<ReturnType<typeof App.useApp>['modal']['confirm']>[0];
type Kind = 'success' | 'info' | 'warning' | 'error';
type Message = (text: string, seconds?: number) => void;

/** Short messages and questions over the page. */
export interface Notices {
  message: Record<Kind, Message>;
  confirm: (question: Question) => void;
}

/** What says them: antd, or the page itself. */
export interface Speaker {
  message: Record<Kind, (text: string, seconds?: number) => unknown>;
  modal: { confirm: (question: Question) => unknown };
}

const nobody = () => undefined;
const Context = createContext<Notices>({
  message: { success: nobody, info: nobody, warning: nobody, error: nobody },
  confirm: nobody,
});

const Voice = lazy(async () => {
  try {
    return { default: (await import('./antd-announcer')).Voice };
  } catch {
    // Without a network. Left to fail, it would take the page with it, and what was typed there.
    return { default: PlainVoice };
  }
});

/** What speaks is loaded when there is something to say: most visitors are never told anything. */
export function NoticeBoard({ children }: PropsWithChildren) {
  const [wanted, want] = useState(false);
  const [{ voice, hear }] = useState(() => {
    let hear: (said: Speaker) => void = nobody;
    const voice = new Promise<Speaker>((resolve) => (hear = resolve));
    return { voice, hear };
  });
  const notices = useMemo<Notices>(() => {
    const say = (what: (said: Speaker) => unknown) => {
      want(true);
      void voice.then(what);
    };
    const message =
      (kind: Kind): Message =>
      (text, seconds) =>
        say((said) => said.message[kind](text, seconds));
    return {
      message: {
        success: message('success'),
        info: message('info'),
        warning: message('warning'),
        error: message('error'),
      },
      confirm: (question) => say((said) => said.modal.confirm(question)),
    };
  }, [voice]);
  return (
    <Context value={notices}>
      {children}
      {wanted && (
        <Suspense fallback={null}>
          <Voice onReady={hear} />
        </Suspense>
      )}
    </Context>
  );
}

export function useNotices(): Notices {
  return useContext(Context);
}
