import { queryOptions } from '@tanstack/react-query';
import { answer, api, ifMatch, type Schema } from '../../api/client';
import { pagedQuery, type PageToken } from '../../api/paged-query';
import type { IdempotencyHeader } from '../../ui/command';

export type Letter = Schema<'Letter'>;
export type ReceivedLetter = Schema<'ReceivedLetter'>;

/** To members of an organisation, or to the registrants of an activity. */
export type Kind = 'MEMBERS' | 'REGISTRATIONS';

export const categories = ['ORDINARY', 'STUDENT', 'SENIOR'] as const;
export const states = ['REGISTERED', 'ATTENDED'] as const;

/** What a letter says. */
export interface Said {
  title: string;
  body: string;
}

const of = <Header extends IdempotencyHeader>(letterId: string, header: Header) => ({ path: { letterId }, header });

/** Each service that sends letters has methods of its own; here they are the same. `ownerId`: the organisation, or the activity. */
const methods = {
  MEMBERS: {
    create: (ownerId: string, said: Said, groups: string[], header: IdempotencyHeader) =>
      answer(
        api.POST('/v1/organisations/{organisationId}/memberLetters', {
          params: { path: { organisationId: ownerId }, header },
          body: { ...said, categories: groups as (typeof categories)[number][] },
        }),
      ),
    list: (ownerId: string, query: PageToken & { pageSize: number }) =>
      answer(
        api.GET('/v1/organisations/{organisationId}/memberLetters', {
          params: { path: { organisationId: ownerId }, query },
        }),
      ),
    get: (letterId: string) => answer(api.GET('/v1/memberLetters/{letterId}', { params: { path: { letterId } } })),
    update: (letterId: string, said: Said, etag: string, header: IdempotencyHeader) =>
      answer(
        api.PUT('/v1/memberLetters/{letterId}', {
          params: of(letterId, { ...header, ...ifMatch(etag) }),
          body: said,
        }),
      ),
    remove: (letterId: string) =>
      answer(api.DELETE('/v1/memberLetters/{letterId}', { params: { path: { letterId } } })),
    try: (letterId: string, header: IdempotencyHeader) =>
      answer(api.POST('/v1/memberLetters/{letterId}:try', { params: of(letterId, header), body: {} })),
    send: (letterId: string, etag: string, header: IdempotencyHeader) =>
      answer(
        api.POST('/v1/memberLetters/{letterId}:send', {
          params: of(letterId, { ...header, ...ifMatch(etag) }),
          body: {},
        }),
      ),
    stop: (letterId: string, header: IdempotencyHeader) =>
      answer(api.POST('/v1/memberLetters/{letterId}:stop', { params: of(letterId, header), body: {} })),
    received: (letterId: string) =>
      answer(api.GET('/v1/me/memberLetters/{letterId}', { params: { path: { letterId } } })),
    mine: (query: PageToken & { pageSize: number }) => answer(api.GET('/v1/me/memberLetters', { params: { query } })),
    choose: (organisationId: string, wanted: boolean, header: IdempotencyHeader) =>
      answer(
        api.PUT('/v1/me/organisations/{organisationId}/memberLetterChoice', {
          params: { path: { organisationId }, header },
          body: { wanted },
        }),
      ),
  },
  REGISTRATIONS: {
    create: (ownerId: string, said: Said, groups: string[], header: IdempotencyHeader) =>
      answer(
        api.POST('/v1/activities/{activityId}/registrationLetters', {
          params: { path: { activityId: ownerId }, header },
          body: { ...said, states: groups as (typeof states)[number][] },
        }),
      ),
    list: (ownerId: string, query: PageToken & { pageSize: number }) =>
      answer(
        api.GET('/v1/activities/{activityId}/registrationLetters', {
          params: { path: { activityId: ownerId }, query },
        }),
      ),
    get: (letterId: string) =>
      answer(api.GET('/v1/registrationLetters/{letterId}', { params: { path: { letterId } } })),
    update: (letterId: string, said: Said, etag: string, header: IdempotencyHeader) =>
      answer(
        api.PUT('/v1/registrationLetters/{letterId}', {
          params: of(letterId, { ...header, ...ifMatch(etag) }),
          body: said,
        }),
      ),
    remove: (letterId: string) =>
      answer(api.DELETE('/v1/registrationLetters/{letterId}', { params: { path: { letterId } } })),
    try: (letterId: string, header: IdempotencyHeader) =>
      answer(api.POST('/v1/registrationLetters/{letterId}:try', { params: of(letterId, header), body: {} })),
    send: (letterId: string, etag: string, header: IdempotencyHeader) =>
      answer(
        api.POST('/v1/registrationLetters/{letterId}:send', {
          params: of(letterId, { ...header, ...ifMatch(etag) }),
          body: {},
        }),
      ),
    stop: (letterId: string, header: IdempotencyHeader) =>
      answer(api.POST('/v1/registrationLetters/{letterId}:stop', { params: of(letterId, header), body: {} })),
    received: (letterId: string) =>
      answer(api.GET('/v1/me/registrationLetters/{letterId}', { params: { path: { letterId } } })),
    mine: (query: PageToken & { pageSize: number }) =>
      answer(api.GET('/v1/me/registrationLetters', { params: { query } })),
    choose: (organisationId: string, wanted: boolean, header: IdempotencyHeader) =>
      answer(
        api.PUT('/v1/me/organisations/{organisationId}/registrationLetterChoice', {
          params: { path: { organisationId }, header },
          body: { wanted },
        }),
      ),
  },
};

export const methodsOf = (kind: Kind) => methods[kind];

export const deskKey = (kind: Kind, ownerId: string) => ['desk', 'letters', kind, ownerId] as const;

/** The letters to the same people, newest first. */
export const lettersQuery = (kind: Kind, ownerId: string) =>
  pagedQuery({
    queryKey: deskKey(kind, ownerId),
    fetchPage: (token) => methods[kind].list(ownerId, { pageSize: 20, ...token }),
  });

/** One letter, as those who write see it. */
export const letterQuery = (kind: Kind, letterId: string) =>
  queryOptions({ queryKey: ['desk', 'letter', kind, letterId], queryFn: () => methods[kind].get(letterId) });

export const receivedKey = ['me', 'letters'] as const;

/** The letters that were sent to the person, newest first. */
export const receivedLettersQuery = (kind: Kind) =>
  pagedQuery({
    queryKey: [...receivedKey, kind, 'list'],
    fetchPage: (token) => methods[kind].mine({ pageSize: 20, ...token }),
  });

/** One letter, as its recipients see it. */
export const receivedLetterQuery = (kind: Kind, letterId: string) =>
  queryOptions({ queryKey: [...receivedKey, kind, letterId], queryFn: () => methods[kind].received(letterId) });
