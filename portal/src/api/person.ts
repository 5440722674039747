import { queryOptions } from '@tanstack/react-query';
import { answer, api } from './client';

/** What the registry holds on the caller, the document number masked. */
export const personQuery = queryOptions({
  queryKey: ['me', 'person'],
  queryFn: () => answer(api.GET('/v1/me/person')),
  staleTime: 60_000,
});
