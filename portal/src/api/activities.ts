import { queryOptions } from '@tanstack/react-query';
import { answer, api } from './client';

export const activityQuery = (activityId: string) =>
  queryOptions({
    queryKey: ['activity', activityId],
    queryFn: () => answer(api.GET('/v1/activities/{activityId}', { params: { path: { activityId } } })),
  });
