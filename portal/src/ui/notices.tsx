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

/** What says them: antd, or the page itself. */
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

/** What speaks is loaded when there is something to announce: most visitors are never told anything. */
export function NoticeProvider({ children }: PropsWithChildren) {
  const [wanted, setWanted] = useState(false);
  const [{ announcer, resolve }] = useState(() => {
    let resolve: (announcer: Announcer) => void = ignore;
    const announcer = new Promise<Announcer>((resolve) => (resolve = resolve));
    return { announcer, resolve };
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
          <AntdAnnouncer onReady={resolve} />
        </Suspense>
      )}
    </Context>
  );
}

export function useNotices(): Notices {
  return useContext(Context);
}
