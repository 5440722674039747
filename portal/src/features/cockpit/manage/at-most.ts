/**
 * Calls `act` after something has changed, at most once in `every` milliseconds: at once if the last call is long ago, otherwise
 * when the time is over, once for all that has changed meanwhile.
 */
export function atMost(every: number, act: () => void) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last = -Infinity;
  return {
    changed() {
      timer ??= setTimeout(
        () => {
          timer = undefined;
          last = Date.now();
          act();
        },
        Math.max(0, last + every - Date.now()),
      );
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
