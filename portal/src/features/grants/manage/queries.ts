import { answer, api } from '../../../api/client';
import { pagedQuery } from '../../../api/paged-query';

/** Which grants are listed. */
export interface GrantFilter {
  /** Also those on the organisations below. */
  below: boolean;
  /** Those that were in force on this day, `YYYY-MM-DD`; empty: those in force now. */
  onDay: string;
  /** Of this role; empty: of all. */
  role: string;
}

const grantsKey = (organisationId: string) => ['staff', organisationId, 'grants'];

export const grantsQuery = (organisationId: string, filter: GrantFilter) =>
  pagedQuery({
    queryKey: [...grantsKey(organisationId), filter],
    fetchPage: (token) =>
      answer(
        api.GET('/v1/organisations/{organisationId}/grants', {
          params: { path: { organisationId }, query: { ...filter, pageSize: 100, ...token } },
        }),
      ),
  });

const proposalsKey = (organisationId: string) => ['staff', organisationId, 'grant-proposals'];

export const proposalsQuery = (organisationId: string) =>
  pagedQuery({
    queryKey: proposalsKey(organisationId),
    fetchPage: (token) =>
      answer(
        api.GET('/v1/organisations/{organisationId}/grantProposals', {
          params: { path: { organisationId }, query: { pageSize: 20, ...token } },
        }),
      ),
  });

/** What is out of date when a grant or a proposal has changed. */
export const changed = (organisationId: string) => [grantsKey(organisationId), proposalsKey(organisationId)];
