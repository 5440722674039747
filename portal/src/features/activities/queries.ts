import { useQuery } from '@tanstack/react-query';
import { answer, api, type Schema } from '../../api/client';
import { pagedQuery } from '../../api/paged-query';
import { useMe } from '../../api/me';

export const kinds = ['ACADEMIC_MEETING', 'LECTURE', 'POPULAR_SCIENCE', 'TRAINING', 'VOLUNTEERING'] as const;
export type Kind = (typeof kinds)[number];

/** What is looked for; empty means anything. */
export interface Wanted {
  query: string;
  kind: Kind | '';
  divisionCode: string;
}

export const activitiesQuery = ({ query, kind, divisionCode }: Wanted) =>
  pagedQuery({
    queryKey: ['activities', 'list', query, kind, divisionCode],
    fetchPage: (token) =>
      answer(
        api.GET('/v1/activities', {
          params: {
            query: {
              pageSize: 24,
              ...(query && { query }),
              ...(kind && { kind }),
              ...(divisionCode && { divisionCode }),
              ...token,
            },
          },
        }),
      ),
  });

/** The seat the signed-in person holds at an activity; undefined while unknown, null when there is none. */
export function useSeat(activityId: string) {
  const me = useMe();
  return useQuery({
    queryKey: ['me', 'seat', activityId],
    queryFn: async (): Promise<Schema<'Registration'> | null> => {
      // The newest come first; a seat that counts is almost always on the first page.
      let pageToken = '';
      do {
        const page = await answer(
          api.GET('/v1/me/registrations', { params: { query: { pageSize: 100, ...(pageToken && { pageToken }) } } }),
        );
        const seat = page.registrations.find((held) => held.activityId === activityId && held.state !== 'CANCELLED');
        if (seat) return seat;
        pageToken = page.nextPageToken;
      } while (pageToken);
      return null;
    },
    enabled: Boolean(me.data),
  });
}
