import { useEffect, useRef } from 'react';
import type { Location } from 'react-router';

/**
 * Who cannot see the page change has to be told: after going to another page the focus stands on its heading, which a screen
 * reader then reads. A page that is still loading gets it when the heading is there; whoever has moved on by then is left alone.
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
      // A page that has put the focus somewhere itself knows better.
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
    // The link that was followed is mostly gone; until the heading is there the focus waits at the beginning of the content.
    if (!document.activeElement || document.activeElement === document.body) main.focus({ preventScroll: true });
    watch.observe(main, { childList: true, subtree: true });
    window.addEventListener('keydown', stop);
    window.addEventListener('pointerdown', stop);
    arrive();
    return stop;
  }, [pathname]);
}
