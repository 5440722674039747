import { useQuery } from '@tanstack/react-query';
import { useDivisions } from '../../../../api/divisions';
import { organisationQuery } from '../../../../api/organisations';

/** The name of an organisation by its id, or of a city or county by its code; nothing of what is neither. */
export function useNameOf(dimension: string, key: string): string | undefined {
  const place = (dimension === 'city' || dimension === 'county') && key !== '' && key !== '000000';
  const organisation = useQuery({
    ...organisationQuery(key),
    enabled: dimension === 'organisation' && key !== '',
  });
  const second = useDivisions(place ? `${key.slice(0, 2)}0000` : 'none', place);
  // A county of a municipality stands directly below it.
  const below = place && second.data !== undefined && !second.data.some(({ code }) => code === key);
  const third = useDivisions(below ? `${key.slice(0, 4)}00` : 'none', below && !key.endsWith('00'));
  if (organisation.data) return organisation.data.name;
  return [...(second.data ?? []), ...(third.data ?? [])].find(({ code }) => code === key)?.name;
}
