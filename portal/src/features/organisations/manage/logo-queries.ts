import { answer, api } from '../../../api/client';
import { organisationQuery } from '../../../api/organisations';
import { uploadsAt } from '../../../api/uploads';
import type { PictureSource } from '../../../ui/picture-panel';

/** The logos of an organisation. */
export const logoSource = (organisationId: string, words: PictureSource['words']): PictureSource => ({
  words,
  states: 'LogoState',
  limit: 5 * 1024 * 1024,
  listKey: ['staff', organisationId, 'logos'],
  list: async () => {
    const { logos } = await answer(
      api.GET('/v1/organisations/{organisationId}/logos', { params: { path: { organisationId } } }),
    );
    return logos.map(({ logoId, ...logo }) => ({ id: logoId, ...logo }));
  },
  upload: uploadsAt('/v1/organisations/{organisationId}/logo-uploads', { organisationId }),
  propose: (body, header) =>
    answer(
      api.POST('/v1/organisations/{organisationId}/logos', { params: { path: { organisationId }, header }, body }),
    ),
  act: (what, logoId, header) => {
    const params = { path: { organisationId, logoId }, header };
    return what === 'publish'
      ? answer(api.POST('/v1/organisations/{organisationId}/logos/{logoId}:publish', { params, body: {} }))
      : answer(api.POST('/v1/organisations/{organisationId}/logos/{logoId}:withdraw', { params, body: {} }));
  },
  content: (logoId) => `/v1/organisations/${organisationId}/logos/${logoId}/content`,
  outdates: [organisationQuery(organisationId).queryKey],
});
