import { answer, api } from '../../../api/client';
import { pagedQuery } from '../../../api/paged-query';

export const memberStates = ['ACTIVE', 'SUSPENDED', 'RESIGNED'] as const;
export const categories = ['ORDINARY', 'STUDENT', 'SENIOR'] as const;
export const grounds = ['DUES_UNPAID', 'UNDER_VERIFICATION', 'MISCONDUCT', 'AT_OWN_REQUEST', 'OTHER'] as const;
/** What a file of members may hold, in its order. */
export const exportColumns = [
  'MEMBER_NUMBER',
  'PERSON_NUMBER',
  'MEMBER_NAME',
  'CATEGORY',
  'STATE',
  'JOINED_ON',
] as const;
export type Ground = (typeof grounds)[number];
export type MemberState = (typeof memberStates)[number];
export type Category = (typeof categories)[number];

export const membersQuery = (
  organisationId: string,
  wanted: { state: MemberState | ''; category: Category | ''; query: string },
) =>
  pagedQuery({
    queryKey: ['desk', organisationId, 'members', wanted],
    fetchPage: (token) => {
      const { query, state, category } = wanted;
      const asked = {
        pageSize: 50,
        ...(state && { state }),
        ...(category && { category }),
        ...token,
      };
      // The search text may be a name: it is sent in the body, never in an address.
      return query
        ? answer(
            api.POST('/v1/organisations/{organisationId}/memberships:search', {
              params: { path: { organisationId } },
              body: { ...asked, query },
            }),
          )
        : answer(
            api.GET('/v1/organisations/{organisationId}/memberships', {
              params: { path: { organisationId }, query: asked },
            }),
          );
    },
  });

/** Whether this could be a member number or a person number; the names of people have no digits. */
export const looksLikeNumber = (typed: string): boolean => /\d/.test(typed.normalize('NFKC'));
