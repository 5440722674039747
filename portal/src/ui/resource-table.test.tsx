import { cleanup, render, screen, within } from '@testing-library/react';
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { createMemoryRouter, RouterProvider } from 'react-router';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Problem } from '../api/problem';
import app from './locales/zh/app.json';
import type { PagedQuery } from './paged-list';
import { ResourceTable } from './resource-table';

interface Member {
  id: string;
  name: string;
}
interface Page {
  members: Member[];
}

const query = (more: Partial<PagedQuery<Page>>): PagedQuery<Page> => ({
  data: undefined,
  error: null,
  refetch: () => undefined,
  hasNextPage: false,
  isFetchingNextPage: false,
  fetchNextPage: () => undefined,
  ...more,
});

const filled = (...pages: Member[][]) => ({
  pages: pages.map((members) => ({ members })),
  pageParams: pages.map(() => ''),
});

function show(more: Partial<PagedQuery<Page>>) {
  const table = (
    <ResourceTable
      query={query(more)}
      rowsOf={(page) => page.members}
      keyOf={({ id }) => id}
      columns={[{ name: '姓名', cell: ({ name }) => name }]}
      actions={({ name }) => <button type="button">{`修改${name}`}</button>}
      empty={<p>还没有会员。</p>}
    />
  );
  render(<RouterProvider router={createMemoryRouter([{ path: '*', element: table }])} />);
}

beforeEach(async () => {
  await i18next.use(initReactI18next).init({ lng: 'zh', defaultNS: 'app', resources: { zh: { app } } });
});
afterEach(cleanup);

test('rows of all pages stand in one table, each cell with the name that a phone shows beside it', () => {
  show({ data: filled([{ id: 'a', name: '王小明' }], [{ id: 'b', name: '李雷' }]) });
  const rows = screen.getAllByRole('row');
  expect(rows).toHaveLength(3);
  expect(screen.getByText('李雷').dataset['name']).toBe('姓名');
  expect(within(rows[1]!).getByRole('button', { name: '修改王小明' })).toBeTruthy();
  expect(screen.getByRole('columnheader', { name: '操作' })).toBeTruthy();
  expect(screen.queryByRole('button', { name: '显示更多' })).toBeNull();
});

test('while there is more, a button loads it', () => {
  const fetchNextPage = vi.fn();
  show({ data: filled([{ id: 'a', name: '王小明' }]), hasNextPage: true, fetchNextPage });
  screen.getByRole('button', { name: '显示更多' }).click();
  expect(fetchNextPage).toHaveBeenCalledOnce();
});

test('without rows there is no table but the words for that', () => {
  show({ data: filled([]) });
  expect(screen.queryByRole('table')).toBeNull();
  expect(screen.getByText('还没有会员。')).toBeTruthy();
});

test('before an answer it says that it loads', () => {
  show({});
  expect(screen.getByRole('status').textContent).toBe('正在加载');
});

test('a failure says why and offers another try', () => {
  const refetch = vi.fn();
  show({ error: Problem.unreachable(), refetch });
  screen.getByRole('button', { name: '重新加载' }).click();
  expect(refetch).toHaveBeenCalledOnce();
  expect(screen.getByRole('alert').textContent).toContain('连接不上服务器');
});
