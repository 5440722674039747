import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Schema } from '../../../api/client';
import { useMe } from '../../../api/me';
import { personQuery } from '../../../api/person';

const KEY = 'near';

/** The province a place lies in. */
export const provinceOf = (divisionCode: string): string => (divisionCode ? `${divisionCode.slice(0, 2)}0000` : '');

/**
 * Where "near me" is: what was chosen on this device, otherwise where the person works. The position of the device is never asked for.
 * `known` is false while it may still turn out.
 */
export function useNearbyDivision(): { divisionCode: string; known: boolean; choose: (province: string) => void } {
  const me = useMe();
  const person = useQuery({ ...personQuery, enabled: Boolean(me.data) });
  const [chosen, setChosen] = useState(() => localStorage.getItem(KEY));
  const choose = (province: string) => {
    localStorage.setItem(KEY, province);
    setChosen(province);
  };
  if (chosen !== null) {
    const own = person.data?.divisionCode ?? '';
    return { divisionCode: provinceOf(own) === chosen ? own : chosen, known: true, choose };
  }
  const known = me.data === null || Boolean(me.error) || person.data !== undefined || Boolean(person.error);
  return { divisionCode: person.data?.divisionCode ?? '', known, choose };
}

/** Those in the same city first, otherwise as they come: by time. */
export function nearestFirst(activities: readonly Schema<'Activity'>[], divisionCode: string): Schema<'Activity'>[] {
  // Districts of a municipality share the first two digits; cities of a province the first four.
  const municipality = /^(11|12|31|50)/.test(divisionCode);
  const city = divisionCode.slice(0, municipality ? 2 : 4);
  const same = (activity: Schema<'Activity'>) =>
    divisionCode === provinceOf(divisionCode) ? 0 : activity.divisionCode.startsWith(city) ? 0 : 1;
  return [...activities].sort((one, other) => same(one) - same(other));
}
