import type { App } from 'antd';
import { createContext, lazy, Suspense, useContext, useMemo, useState, type PropsWithChildren } from 'react';
import { PlainAnnouncer } from './plain-announcer';
import './notices.css';

type Question = Parameters<ReturnType<typeof App.useApp>['modal']['confirm']>[0];
type Kind = 'success' | 'info' | 'warning' | 'error';
type Message = (text: string, seconds?: number) => void;

/** Short messages and questions over the page. */
export interface Notices {
  message: Record<Kind, Message>;
  confirm: (question: Question) => void;
}

/** Shows notices: antd, or the page itself. */
export interface Announcer {
  message: Record<Kind, (text: string, seconds?: number) => unknown>;
  modal: { confirm: (question: Question) => unknown };
}

const ignore = () => undefined;
const Context = createContext<Notices>({
  message: { success: ignore, info: ignore, warning: ignore, error: ignore },
  confirm: ignore,
});

const AntdAnnouncer = lazy(async () => {
  try {
    return { default: (await import('./antd-announcer')).AntdAnnouncer };
  } catch {
    // Without a network. Left to fail, it would take the page with it, and what was typed there.
    return { default: PlainAnnouncer };
  }
});

/** The announcer is loaded with the first notice: most visitors never get one. */
export function NoticeProvider({ children }: PropsWithChildren) {
  const [wanted, setWanted] = useState(false);
  const [{ announcer, provide }] = useState(() => {
    let provide: (announcer: Announcer) => void = ignore;
    const announcer = new Promise<Announcer>((resolve) => (provide = resolve));
    return { announcer, provide };
  });
  const notices = useMemo<Notices>(() => {
    const announce = (action: (announcer: Announcer) => unknown) => {
      setWanted(true);
      void announcer.then(action);
    };
    const message =
      (kind: Kind): Message =>
      (text, seconds) =>
        announce((announcer) => announcer.message[kind](text, seconds));
    return {
      message: {
        success: message('success'),
        info: message('info'),
        warning: message('warning'),
        error: message('error'),
      },
      confirm: (question) => announce((announcer) => announcer.modal.confirm(question)),
    };
  }, [announcer]);
  return (
    <Context value={notices}>
      {children}
      {wanted && (
        <Suspense fallback={null}>
          <AntdAnnouncer onReady={provide} />
        </Suspense>
      )}
    </Context>
  );
}

export function useNotices(): Notices {
  return useContext(Context);
}
