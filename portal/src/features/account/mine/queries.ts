import { queryOptions } from '@tanstack/react-query';
import { answer, api } from '../../../api/client';

export const sessionsQuery = queryOptions({
  queryKey: ['me', 'sessions'],
  queryFn: async () => (await answer(api.GET('/v1/sessions'))).sessions,
});
