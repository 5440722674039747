import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { barriers } from './barriers';
import { staff, portal } from './people';
import { calm, desktop, expectRefusal, go, openAs, open, phone, picture, withBrowser } from './screen';

// Every page, as the person who uses it: nothing that axe calls serious or critical, nothing that leaves the screen at three widths,
// no complaint of the browser, in both languages, light and dark.

const looks = [
  { name: 'zh-light-phone', language: 'zh-CN', dark: false, viewport: phone },
  { name: 'en-dark-desktop', language: 'en', dark: true, viewport: desktop },
] as const;

const widths = [360, 768, 1440];

/** The scientist of the demo data (seeds/demo-accounts.csv). */
const scientist = '+8619900000001';

/** Pages by who looks at them; `{society}` and `{activity}` are filled in. */
const areas: Record<string, { who: string | null; paths: string[] }> = {
  visitor: {
    who: null,
    paths: [
      '/',
      '/organisations',
      '/organisations/{society}',
      '/activities',
      '/activities/{activity}',
      '/v/broken',
      '/p/m/broken',
      '/sign-in',
      '/sign-up',
      '/recover',
      '/accessibility',
      '/nowhere',
      '/api',
      '/problems/NOT_FOUND',
    ],
  },
  scientist: {
    who: scientist,
    paths: [
      '/me',
      '/me/inbox',
      '/me/notices',
      '/me/letters',
      '/me/person',
      '/me/security',
      '/me/activities',
      '/me/applications',
      '/me/memberships',
      '/me/consents',
      '/me/wards',
      '/me/hours',
      '/join/{society}',
      '/activities/{activity}/register',
    ],
  },
  desk: {
    who: staff.administrator,
    paths: [
      '/desk',
      '/desk/{society}/review',
      '/desk/{society}/members',
      '/desk/{society}/activities',
      '/desk/{society}/activities/{activity}/check-in',
      '/desk/{society}/activities/{activity}/form',
      '/desk/{society}/application-form',
      '/desk/{society}/approval-routes',
      '/desk/{society}/content-review',
      '/desk/{society}/clients',
      '/desk/{society}/letters',
      '/desk/{society}/activities/{activity}/letters',
      '/desk/{society}/exports',
      '/desk/{society}/numbers',
    ],
  },
  headquarters: { who: staff.headquarters, paths: ['/staff', '/staff/applications'] },
  security: { who: staff.security, paths: ['/staff', '/staff/grants'] },
  leader: {
    who: staff.leader,
    paths: ['/cockpit', '/cockpit/provinces/110000', '/cockpit/slices?by=province', '/cockpit/plan', '/cockpit/wall'],
  },
};

describe('every page', () => {
  withBrowser();
  const known: Record<string, string> = {};

  beforeAll(async () => {
    const page = await open();
    const list = async (path: string) =>
      (await (await page.request.get(portal + path)).json()) as Record<string, { [key: string]: string }[]>;
    known['society'] = (await list(`/v1/organisations?query=${encodeURIComponent('中国计算机学会')}`))[
      'organisations'
    ]![0]!['organisationId']!;
    known['activity'] = (await list(`/v1/activities?organisationId=${known['society']}`))['activities']![0]![
      'activityId'
    ]!;
    await page.context().close();
  });

  for (const look of looks) {
    for (const [area, { who, paths }] of Object.entries(areas)) {
      describe(`${area}, ${look.name}`, () => {
        let page: Page;
        beforeAll(async () => {
          page = who ? await openAs(who, look) : await open(look);
          expectRefusal(page, /^404 GET \/(v1\/(cards|membershipCertificates)\/broken|nowhere)$/);
        });
        afterAll(async () => {
          await page.context().close();
        });
        test.each(paths)('%s', async (pattern) => {
          const path = pattern.replace(/\{(\w+)\}/g, (_, name: string) => known[name]!);
          await page.setViewportSize(look.viewport);
          await go(page, path);
          await picture(page, `${look.name}${pattern.replaceAll(/[/{}]+/g, '-')}`);
          expect(await barriers(page)).toEqual([]);
          for (const width of widths) {
            await page.setViewportSize({ width, height: look.viewport.height });
            await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
            expect(await overflow(page), `at ${width} px`).toEqual([]);
          }
          calm(page);
        });
      });
    }
  }
});

/** What makes the page wider than the screen. */
function overflow(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    return [...document.querySelectorAll('body *')]
      .filter((element) => element.getBoundingClientRect().right > width + 1)
      .slice(0, 5)
      .map(
        (element) =>
          `${element.tagName.toLowerCase()}.${element.className} ends at ${Math.round(element.getBoundingClientRect().right)}`,
      );
  });
}
