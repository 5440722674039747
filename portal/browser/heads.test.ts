import { beforeAll, describe, expect, test } from 'vitest';
import { portal } from './people';
import { open, withBrowser } from './screen';

// What programs that run no scripts read of a page: search engines, and what shows a shared link.

withBrowser();

describe('the head of a page', () => {
  let get: (path: string) => Promise<{ status: number; html: string }>;
  beforeAll(async () => {
    const page = await open();
    get = async (path) => {
      const answer = await page.request.get(`${portal}${path}`, { headers: { accept: 'text/html' } });
      return { status: answer.status(), html: await answer.text() };
    };
  });

  test('an organisation and an activity say what they are', async () => {
    const found = (await (await fetch(`${portal}/v1/organisations?query=中国计算机学会`)).json()) as {
      organisations: { organisationId: string; name: string }[];
    };
    const society = found.organisations[0]!;
    const { activities } = (await (await fetch(`${portal}/v1/activities?pageSize=1`)).json()) as {
      activities: { activityId: string; title: string; organisationName: string }[];
    };
    const activity = activities[0]!;
    const ofSociety = await get(`/organisations/${society.organisationId}`);
    expect(ofSociety.status).toBe(200);
    expect(ofSociety.html).toContain(`<title>${society.name} · 网上科协</title>`);
    const ofActivity = await get(`/activities/${activity.activityId}`);
    expect(ofActivity.html).toContain(`<meta property="og:title" content="${activity.title}" />`);
    expect(ofActivity.html).toContain(`<meta property="og:description" content="${activity.organisationName}`);
    expect(ofActivity.html).toContain(`/activities/${activity.activityId}" />`);
  });

  test('what is not there is not found, what is private is not listed', async () => {
    for (const path of [
      '/activities/019b0000-0000-7000-8000-000000000000',
      '/organisations/no-such-organisation',
      '/nowhere',
    ]) {
      expect((await get(path)).status, path).toBe(404);
    }
    const mine = await get('/me');
    expect(mine.status).toBe(200);
    expect(mine.html).toContain('<meta name="robots" content="noindex" />');
    expect(mine.html).not.toContain('og:');
  });
});
