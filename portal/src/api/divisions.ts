import { useQuery } from '@tanstack/react-query';
import { answer, api } from './client';

/** The divisions directly below one; the provinces for ''. They change a few times a year. */
export function useDivisions(parentCode: string, enabled = true) {
  return useQuery({
    queryKey: ['divisions', parentCode],
    queryFn: async () => (await answer(api.GET('/v1/divisions', { params: { query: { parentCode } } }))).divisions,
    staleTime: Infinity,
    enabled,
  });
}
