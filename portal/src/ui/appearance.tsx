import { createContext, useContext, useEffect, useMemo, useState, type PropsWithChildren } from 'react';
import { colours, type Mode } from './tokens';

interface Choice {
  mode: Mode;
  /** The person has asked the system for less motion. */
  still: boolean;
  toggle: () => void;
}

const Context = createContext<Choice>({ mode: 'light', still: false, toggle: () => undefined });
const KEY = 'appearance';
const system = window.matchMedia('(prefers-color-scheme: dark)');
const stillness = window.matchMedia('(prefers-reduced-motion: reduce)');

/** Light or dark: what the system says, until the person chooses. */
export function Appearance({ children }: PropsWithChildren) {
  const [chosen, setChosen] = useState<Mode | null>(() => {
    const kept = localStorage.getItem(KEY);
    return kept === 'light' || kept === 'dark' ? kept : null;
  });
  const [wanted, setWanted] = useState<Mode>(system.matches ? 'dark' : 'light');
  useEffect(() => {
    const listen = (event: MediaQueryListEvent) => setWanted(event.matches ? 'dark' : 'light');
    system.addEventListener('change', listen);
    return () => system.removeEventListener('change', listen);
  }, []);
  const [still, setStill] = useState(stillness.matches);
  useEffect(() => {
    const listen = (event: MediaQueryListEvent) => setStill(event.matches);
    stillness.addEventListener('change', listen);
    return () => stillness.removeEventListener('change', listen);
  }, []);
  const mode = chosen ?? wanted;
  useEffect(() => {
    document.documentElement.dataset['mode'] = mode;
    // The bar of the browser follows what was chosen, not what the system says.
    for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name=theme-color]'))
      meta.content = colours[mode].surface;
  }, [mode]);
  const value = useMemo<Choice>(
    () => ({
      mode,
      still,
      toggle: () => {
        const next = mode === 'dark' ? 'light' : 'dark';
        localStorage.setItem(KEY, next);
        setChosen(next);
      },
    }),
    [mode, still],
  );
  return <Context value={value}>{children}</Context>;
}

export function useAppearance(): Choice {
  return useContext(Context);
}
