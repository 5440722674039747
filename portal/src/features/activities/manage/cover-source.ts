import { answer, api } from '../../../api/client';
import { uploadsAt } from '../../../api/uploads';
import type { PictureSource } from '../../../ui/picture-panel';
import { affectedBy } from './queries';

/** The cover pictures of an activity. */
export const coverSource = (
  organisationId: string,
  activityId: string,
  words: PictureSource['words'],
): PictureSource => ({
  words,
  states: 'CoverState',
  limit: 10 * 1024 * 1024,
  wide: true,
  listKey: ['desk', 'covers', activityId],
  list: async () => {
    const { covers } = await answer(
      api.GET('/v1/activities/{activityId}/covers', { params: { path: { activityId } } }),
    );
    return covers.map(({ coverId, ...cover }) => ({ id: coverId, ...cover }));
  },
  upload: uploadsAt('/v1/activities/{activityId}/cover-uploads', { activityId }),
  propose: (body, header) =>
    answer(api.POST('/v1/activities/{activityId}/covers', { params: { path: { activityId }, header }, body })),
  act: (what, coverId, header) => {
    const params = { path: { activityId, coverId }, header };
    return what === 'publish'
      ? answer(api.POST('/v1/activities/{activityId}/covers/{coverId}:publish', { params, body: {} }))
      : answer(api.POST('/v1/activities/{activityId}/covers/{coverId}:withdraw', { params, body: {} }));
  },
  content: (coverId) => `/v1/activities/${activityId}/covers/${coverId}/content`,
  outdates: affectedBy(organisationId, activityId),
});
