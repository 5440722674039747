import { useEffect, useRef } from 'react';
import type { Location } from 'react-router';

/**
 * After a navigation the focus goes to the heading of the page, which a screen reader then reads. A page that is still loading
 * gets it as soon as the heading is there, unless the person has used keyboard or pointer in the meantime.
 */
export function useHeadingFocus({ pathname }: Location): void {
  const before = useRef(pathname);
  useEffect(() => {
    if (before.current === pathname) return;
    before.current = pathname;
    const main = document.getElementById('main');
    if (!main) return;
    const arrive = () => {
      const heading = main.querySelector<HTMLElement>('h1');
      if (!heading) return;
      stop();
      // The page has placed the focus itself.
      if (main.contains(document.activeElement) && document.activeElement !== main) return;
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
    };
    const watch = new MutationObserver(arrive);
    const stop = () => {
      watch.disconnect();
      window.removeEventListener('keydown', stop);
      window.removeEventListener('pointerdown', stop);
    };
    // The followed link is mostly gone; until the heading is there the focus stays at the beginning of the content.
    if (!document.activeElement || document.activeElement === document.body) main.focus({ preventScroll: true });
    watch.observe(main, { childList: true, subtree: true });
    window.addEventListener('keydown', stop);
    window.addEventListener('pointerdown', stop);
    arrive();
    return stop;
  }, [pathname]);
}
