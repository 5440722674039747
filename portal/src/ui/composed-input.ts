import { useRef, useState, type CompositionEvent } from 'react';

/**
 * Text from an input method: while somebody composes (`ke pu` on the way to 科普) it is shown but not told; what was
 * committed is told once. `props` go to the field, `shown` is what stands in it.
 */
export function useComposed(value: string, tell: (value: string) => void) {
  const [draft, setDraft] = useState<string | null>(null);
  const composing = useRef(false);
  return {
    shown: draft ?? value,
    /** Something is half written: neither a search nor an end of it. */
    composing: () => composing.current,
    hear: (text: string) => {
      if (composing.current) setDraft(text);
      else tell(text);
    },
    props: {
      onCompositionStart: () => {
        composing.current = true;
      },
      onCompositionEnd: (event: CompositionEvent<HTMLElement>) => {
        composing.current = false;
        setDraft(null);
        if (event.target instanceof HTMLInputElement) tell(event.target.value);
      },
    },
  };
}
