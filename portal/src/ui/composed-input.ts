import { useRef, useState, type CompositionEvent } from 'react';

/**
 * Text from an input method: during composition (`ke pu` on the way to 科普) it is shown but not reported; what was
 * committed is reported once. `props` go to the field, `shown` is what stands in it.
 */
export function useComposedInput(value: string, onChange: (value: string) => void) {
  const [draft, setDraft] = useState<string | null>(null);
  const composing = useRef(false);
  return {
    shown: draft ?? value,
    /** A composition is under way: the enter key belongs to the input method. */
    composing: () => composing.current,
    onInput: (text: string) => {
      if (composing.current) setDraft(text);
      else onChange(text);
    },
    props: {
      onCompositionStart: () => {
        composing.current = true;
      },
      onCompositionEnd: (event: CompositionEvent<HTMLElement>) => {
        composing.current = false;
        setDraft(null);
        if (event.target instanceof HTMLInputElement) onChange(event.target.value);
      },
    },
  };
}
