import { QueryClient } from '@tanstack/react-query';
import { afterEach, expect, test, vi } from 'vitest';
import { api } from '../../../api/client';
import { looksLikeNumber, membersQuery } from './queries';

/** What one look at the members asks for. */
async function asked(query: string) {
  const nothing = { data: { memberships: [], nextPageToken: '' } } as never;
  const get = vi.spyOn(api, 'GET').mockResolvedValue(nothing);
  const post = vi.spyOn(api, 'POST').mockResolvedValue(nothing);
  await new QueryClient().infiniteQuery(membersQuery('o1', { state: 'ACTIVE', category: '', query }));
  return { get: get.mock.calls, post: post.mock.calls };
}

afterEach(() => vi.restoreAllMocks());

test('who is looked for stands in the body and in no address', async () => {
  const { get, post } = await asked('王小明');
  expect(get).toEqual([]);
  expect(post).toEqual([
    [
      '/v1/organisations/{organisationId}/memberships:search',
      { params: { path: { organisationId: 'o1' } }, body: { pageSize: 50, state: 'ACTIVE', query: '王小明' } },
    ],
  ]);
});

test('without a text the members are listed', async () => {
  const { get, post } = await asked('');
  expect(post).toEqual([]);
  expect(get).toEqual([
    [
      '/v1/organisations/{organisationId}/memberships',
      { params: { path: { organisationId: 'o1' }, query: { pageSize: 50, state: 'ACTIVE' } } },
    ],
  ]);
});

test('numbers are told from names', () => {
  expect(['B20 0000123M', '１１０', '9001000000000012'].every(looksLikeNumber)).toBe(true);
  expect(['王小明', "O'Neil", '阿卜杜拉·买买提', ''].some(looksLikeNumber)).toBe(false);
});
