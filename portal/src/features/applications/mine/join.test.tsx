import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, configure, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { App } from 'antd';
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { createMemoryRouter, RouterProvider } from 'react-router';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Problem } from '../../../api/problem';
import { Join } from './join';

// A whole form of antd takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });
configure({ asyncUtilTimeout: 20_000 });

const form = {
  employer: '某大学',
  position: '讲师',
  education: 'MASTER',
  researchField: '数据库',
  statement: '',
  divisionCode: '',
};
const application = {
  applicationId: 'x',
  organisationId: 'o',
  category: 'STUDENT',
  state: 'DRAFT',
  etag: '1',
  form,
  files: [],
};

/** What the platform answers by path; the list of applications only when it is let go. */
const platform = vi.hoisted((): { gate: Promise<void>; answers: Record<string, unknown> } => ({
  gate: Promise.resolve(),
  answers: {},
}));
let letGo: () => void;

vi.mock('../../../api/client', async (original) => ({
  ...(await original<typeof import('../../../api/client')>()),
  api: {
    GET: async (path: string) => {
      if (path === '/v1/me/applications') await platform.gate;
      return { data: platform.answers[path] };
    },
    // The application was changed in another window meanwhile.
    PATCH: async () => {
      throw await Problem.of(Response.json({ code: 'ETAG_MISMATCH', title: '已改动' }, { status: 412 }));
    },
  },
}));

beforeEach(async () => {
  sessionStorage.clear();
  await i18next.use(initReactI18next).init({ lng: 'zh', resources: {} });
  vi.stubGlobal('matchMedia', () => ({
    matches: false,
    addListener: () => undefined,
    removeListener: () => undefined,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  }));
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  );
  vi.stubGlobal('scrollTo', () => undefined);
  platform.gate = new Promise<void>((resolve) => (letGo = resolve));
  platform.answers = {
    '/v1/me': { accountId: 'a', displayName: '王' },
    '/v1/me/person': { name: '王示例', verifiedAt: '2026-01-01T00:00:00Z', divisionCode: '' },
    '/v1/me/memberships': { memberships: [], nextPageToken: '' },
    '/v1/organisations/{organisationId}': { organisationId: 'o', name: '某学会', acceptsApplications: true },
    '/v1/me/applications': { applications: [application], nextPageToken: '' },
    '/v1/applications/{applicationId}': application,
    '/v1/organisations/{organisationId}/applicationForm': {
      form: { version: 0, definition: { pages: [] } },
      changes: [],
    },
    '/v1/divisions': { divisions: [] },
  };
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function open() {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  // What a page before has seen: an older copy of the list.
  client.setQueryData(['me', 'applications'], { pages: [{ applications: [], nextPageToken: '' }], pageParams: [''] });
  render(
    <QueryClientProvider client={client}>
      <App>
        <RouterProvider
          router={createMemoryRouter([{ path: '/join/:organisationId', element: <Join /> }], {
            initialEntries: ['/join/o'],
          })}
        />
      </App>
    </QueryClientProvider>,
  );
  return client;
}

/** What is being read. */
const fetching = (client: QueryClient) =>
  client
    .getQueryCache()
    .findAll({ fetchStatus: 'fetching' })
    .map(({ queryKey }) => queryKey);

const employer = () => screen.queryByLabelText<HTMLInputElement>('employer');

test('nothing can be typed before the draft is known, and then the draft is in the form', async () => {
  const client = open();
  await screen.findByRole('heading', { level: 1 });
  // All but the draft is there.
  await waitFor(() => expect(fetching(client)).toEqual([['me', 'applications', 'open', 'o']]));
  expect(screen.queryByRole('radio')).toBeNull();
  expect(employer()).toBeNull();
  letGo();
  await waitFor(() => expect(employer()?.value).toBe('某大学'));
});

test('what was changed on another device comes in without touching what is typed here', async () => {
  letGo();
  open();
  await waitFor(() => expect(employer()).not.toBeNull());
  platform.answers['/v1/applications/{applicationId}'] = {
    ...application,
    etag: '2',
    form: { ...form, employer: '另一所大学', position: '助教' },
  };
  fireEvent.change(screen.getByLabelText('position'), { target: { value: '副教授' } });
  fireEvent.click(screen.getByRole('button', { name: 'saveLater' }));
  await waitFor(() => expect(employer()?.value).toBe('另一所大学'));
  expect(screen.getByLabelText<HTMLInputElement>('position').value).toBe('副教授');
});
