import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { portal, staff } from './people';
import { calm, desktop, narrow, open, openAs, picture, settled, withBrowser } from './screen';

// Visitors, members and staff walk through the portal by click alone: every link, tab and menu entry that can be reached from the start page is
// clicked, and left again by the back button. Going by address would not do: a page is also left by a click, and what breaks
// then is seen only then.

/** The scientist of the demo data (seeds/demo-accounts.csv). */
const scientist = '+8619900000001';

const people: Record<string, string | null> = {
  visitor: null,
  scientist,
  'society desk': staff.administrator,
  headquarters: staff.headquarters,
  'security administrator': staff.security,
  leader: staff.leader,
};

/** Pages that each of them has to come by, so that a walk that ends early does not pass. */
const landmarks: Record<string, string[]> = {
  visitor: ['/organisations/:id', '/activities/:id', '/sign-in', '/sign-up', '/recover', '/accessibility'],
  scientist: ['/me', '/me/person', '/me/security', '/me/consents', '/me/hours', '/activities/:id'],
  'society desk': [
    '/desk',
    '/desk/:id/review',
    '/desk/:id/members',
    '/desk/:id/activities',
    '/desk/:id/clients',
    '/desk/:id/numbers',
  ],
  headquarters: ['/staff', '/staff/applications'],
  'security administrator': ['/staff', '/staff/grants'],
  leader: ['/cockpit', '/cockpit/provinces/:code', '/cockpit/slices', '/cockpit/plan', '/cockpit/wall'],
};

const everywhere = /^/;

/** Where staff look around; through the rest, which others walk, they pass. */
const reach: Record<string, RegExp> = {
  'society desk': /^\/($|desk)/,
  headquarters: /^\/($|staff)/,
  'security administrator': /^\/($|staff)/,
  leader: /^\/($|cockpit)/,
};

describe.concurrent('by click alone', () => {
  withBrowser();
  for (const [kind, who] of Object.entries(people)) {
    for (const [width, viewport] of Object.entries({ desktop, phone: narrow })) {
      test(`${kind}, ${width}`, async () => {
        const page = who ? await openAs(who, { viewport }) : await open({ viewport });
        const walk = new Walk(page, reach[kind] ?? everywhere);
        try {
          await walk.everywhere();
          expect([...walk.seen]).toEqual(expect.arrayContaining(landmarks[kind] ?? []));
          if (who) await walk.signOut();
          calm(page);
        } catch (error) {
          await picture(page, `failed-clicks-${kind}-${width}`);
          throw new Error(`after ${walk.trail.slice(-4).join(' → ')}`, { cause: error });
        } finally {
          await page.context().close();
        }
      });
    }
  }
});

/** A page without the one thing it is about: all organisations are one page. */
function patternOf(address: string): string {
  const { pathname, searchParams } = new URL(address, portal);
  const path = pathname
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ':id')
    .replace(/provinces\/\d+/, 'provinces/:code')
    .replace(/^\/(v|problems)\/.*/, '/$1/:what');
  const step = searchParams.get('step');
  return step ? `${path}?step=${step}` : path;
}

/** A link that can be clicked, by the part of the page it stands in. */
interface Way {
  part: 'header' | 'main' | 'footer';
  href: string;
}

class Walk {
  /** The pages that were stood on, as patterns. */
  readonly seen = new Set<string>();
  /** What was clicked, for the words of a failure. */
  readonly trail: string[] = [];
  private readonly clicked = new Set<string>();
  private readonly entered = new Map<string, number>();

  constructor(
    private readonly page: Page,
    private readonly lingers: RegExp,
  ) {}

  async everywhere() {
    await this.page.goto(portal);
    await this.stand();
    await this.explore();
    await this.menus();
  }

  /** The last entry of the menu: the person is gone, and the page with it. */
  async signOut() {
    await this.page.locator('.tools [aria-haspopup="menu"]').click();
    await this.page.getByRole('menuitem', { name: '退出登录' }).click();
    await this.page.getByRole('banner').getByRole('button', { name: '登录' }).waitFor();
    await this.stand();
  }

  /** Clicks whatever is new on the page that is shown, and comes back to it each time. */
  private async explore() {
    const here = patternOf(this.page.url());
    this.seen.add(here);
    for (const tab of await this.page.locator('[role="tab"]:visible').all()) {
      this.trail.push(`tab ${await tab.innerText()}`);
      await tab.click();
      await this.stand();
    }
    if (!this.lingers.test(here)) return;
    let left = false;
    for (const way of await this.ways()) {
      const there = patternOf(way.href);
      // The frame is the same everywhere: its links are clicked once, and once more where nothing else leads away.
      const key = way.part === 'main' ? `${here} ${there}` : there;
      if (there === here || this.clicked.has(key)) continue;
      // Tabs lead from each page of a desk to each other: every page is entered twice and left once, not each from each.
      const entered = this.entered.get(there) ?? 0;
      if (left && way.part === 'main' && entered > 1) continue;
      this.entered.set(there, entered + 1);
      this.clicked.add(key);
      left = true;
      await this.follow(way);
    }
    const [home] = (await this.ways()).filter(({ part }) => part === 'header');
    if (!left && home && here !== '/') await this.follow(home);
  }

  /** Goes there by click, looks around if it is new, and comes back. */
  private async follow({ part, href }: Way) {
    const from = this.page.url();
    const link = this.page.locator(`${part} a[href="${href}"]:visible`).first();
    // What was live a moment ago may be gone by now.
    if ((await link.count()) === 0) return;
    this.trail.push(`${part} ${href}`);
    await link.click();
    await this.arrive(from);
    await this.back(from);
  }

  /** On a phone the ways of the header are behind a button; the person's own are behind the name on every screen. */
  private async menus() {
    for (const [opener, entries] of [
      ['.burger', '.drawer-links a'],
      ['.tools [aria-haspopup="menu"]', '[role="menuitem"] a'],
    ] as const) {
      if (
        !(await this.page
          .locator(opener)
          .isVisible()
          .catch(() => false))
      )
        continue;
      await this.page.locator(opener).click();
      const entry = this.page.locator(entries);
      await entry.first().waitFor();
      const count = await entry.count();
      for (let index = 0; index < count; index++) {
        if (index > 0) await this.page.locator(opener).click();
        const from = this.page.url();
        this.trail.push(`menu ${await entry.nth(index).innerText()}`);
        await entry.nth(index).click();
        await this.arrive(from);
        await this.back(from);
      }
    }
  }

  private async arrive(from: string) {
    await this.page.waitForURL((url) => url.href !== from);
    await this.stand();
    if (!this.seen.has(patternOf(this.page.url()))) await this.explore();
  }

  private async back(to: string) {
    this.trail.push('back');
    await this.page.goBack();
    await this.page.waitForURL(to);
    await this.stand();
  }

  /** The page stands, and it is one: no link of ours leads to a page that is broken, missing or shut. */
  private async stand() {
    await settled(this.page);
    // The start page shows societies the way to their desk; without a role it says how to get one.
    const invited = this.lingers === everywhere && patternOf(this.page.url()) === '/desk';
    if (!invited)
      expect(await this.page.locator('.message-page, .failure').allInnerTexts(), this.page.url()).toEqual([]);
    calm(this.page);
  }

  /** What can be seen and clicked and leads to a page of ours. */
  private async ways(): Promise<Way[]> {
    return this.page.evaluate(() => {
      const ways = new Map<string, Way>();
      // The pages about the API are the gateway's own.
      if (!document.getElementById('root')) return [];
      for (const link of document.querySelectorAll<HTMLAnchorElement>('header a[href], main a[href], footer a[href]')) {
        const href = link.getAttribute('href') ?? '';
        const part = link.closest('header, main, footer')?.tagName.toLowerCase() as Way['part'];
        const ours = href.startsWith('/') && link.target !== '_blank';
        // A heading of a page is in its main part.
        const where = link.closest('main') ? 'main' : part;
        if (ours && link.checkVisibility()) ways.set(`${where} ${href}`, { part: where, href });
      }
      return [...ways.values()];
    });
  }
}
