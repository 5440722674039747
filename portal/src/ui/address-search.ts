import { useEffect, useState } from 'react';
import { useNavigation, useSearchParams } from 'react-router';

/** How long typing rests before the list follows, in milliseconds. */
const TYPING_PAUSE = 250;

/**
 * A search that stands in the address, so that it can be passed on and found again by the back button. `typed` is what the field shows;
 * the address, and with it the list, follows a moment behind. An empty value leaves the address.
 */
export function useAddressSearch() {
  const [search, setSearch] = useSearchParams();
  const leaving = useNavigation().state !== 'idle';
  const query = search.get('query') ?? '';
  const [typed, setTyped] = useState(query);
  const change = (name: string, value: string) =>
    setSearch(
      (now) => {
        if (value) now.set(name, value);
        else now.delete(name);
        return now;
      },
      { replace: true },
    );
  useEffect(() => {
    // A change of the address during a navigation would cancel the navigation.
    if (leaving) return;
    const timer = setTimeout(() => typed.trim() !== query && change('query', typed.trim()), TYPING_PAUSE);
    return () => clearTimeout(timer);
  });
  const reset = () => {
    setTyped('');
    setSearch({}, { replace: true });
  };
  return { search, query, typed, setTyped, change, reset };
}
