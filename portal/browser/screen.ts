import { mkdirSync } from 'node:fs';
import { chromium, type Browser, type BrowserContext, type Locator, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { codeFor, ownPassword, password, portal } from './people';

export const phone = { width: 360, height: 740 };
export const narrow = { width: 390, height: 844 };
export const desktop = { width: 1440, height: 900 };

/** How a person looks at the portal. */
export interface Look {
  viewport?: { width: number; height: number };
  language?: 'zh-CN' | 'en';
  dark?: boolean;
}

let browser: Browser;

/** Every test file has one browser. Whatever goes wrong in a page fails the test that looks at it (`calm`). */
export function withBrowser() {
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: process.env['CAST_CHROMIUM'] ?? '/usr/bin/chromium',
      // Containers have no user namespaces for the sandbox; the rest keeps the browser from calling home.
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
      ],
    });
  });
  afterAll(async () => {
    await browser.close();
  });
}

const complaints = new WeakMap<Page, string[]>();

const refusals = new WeakMap<Page, RegExp[]>();

/** A visitor who has not signed in has no account to be read. */
const stranger = /^401 GET \/v1\/me$/;

/** The stream of unread notices breaks with the network or with the server, and is opened again. */
const stream = /^(net::ERR_\S+|5\d\d) GET \/v1\/me\/notices:watchUnread$/;

const foreseen = (page: Page, said: string) =>
  [stranger, stream, ...(refusals.get(page) ?? [])].some((refusal) => refusal.test(said));

/** What a test makes fail on purpose, as `404 GET /v1/…` or `net::ERR_… GET /v1/…`; whatever else fails, fails the test. */
export function expectRefusal(page: Page, refusal: RegExp) {
  refusals.set(page, [...(refusals.get(page) ?? []), refusal]);
}

/** A window of its own: nothing is shared with other windows. */
export async function open(look: Look = {}): Promise<Page> {
  const context = await browser.newContext({
    viewport: look.viewport ?? desktop,
    locale: look.language ?? 'zh-CN',
    colorScheme: look.dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const heard: string[] = [];
  complaints.set(page, heard);
  page.on('pageerror', (error) => heard.push(`uncaught: ${error.message}`));
  page.on('console', (message) => {
    // The browser's own word about an answer such as 404 names no address; the answer itself is looked at below.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      heard.push(`console: ${message.text()}`);
  });
  page.on('response', (response) => {
    const { pathname, origin } = new URL(response.url());
    const said = `${response.status()} ${response.request().method()} ${pathname}`;
    if (origin === portal && response.status() >= 400 && !foreseen(page, said)) heard.push(said);
  });
  page.on('requestfailed', (request) => {
    // What a page was asking for is dropped when it is left.
    const reason = request.failure()?.errorText ?? '';
    const { pathname, origin } = new URL(request.url());
    const said = `${reason} ${request.method()} ${pathname}`;
    if (origin === portal && reason !== 'net::ERR_ABORTED' && !foreseen(page, said)) heard.push(said);
  });
  return page;
}

/** Signs in without the form; the form is looked at where it is the matter. */
export async function signIn(context: BrowserContext, address: string) {
  const answer = await context.request.post(`${portal}/v1/sessions`, {
    data: { address, password },
    headers: { origin: portal },
  });
  expect(answer.status(), await answer.text()).toBe(200);
}

/** Makes an account without the form, and is signed in with it; the form is looked at where it is the matter. */
export async function signUp(context: BrowserContext, { address, name }: { address: string; name: string }) {
  const post = async (path: string, data: object) => {
    const answer = await context.request.post(portal + path, { data, headers: { origin: portal } });
    expect(answer.ok(), await answer.text()).toBe(true);
    return (await answer.json()) as { codeId: string };
  };
  const { codeId } = await post('/v1/codes', { purpose: 'SIGN_UP', address });
  const code = await codeFor(address);
  await post('/v1/accounts', { codeId, code, password: ownPassword, displayName: name });
}

/** A window of a person who has just signed up and proved who they are. */
export async function newcomer(
  who: { address: string; name: string; residentId: string },
  look: Look = {},
): Promise<Page> {
  const page = await open(look);
  await signUp(page.context(), who);
  const answer = await page.request.post(`${portal}/v1/me/person:verify`, {
    data: { name: who.name, residentIdNumber: who.residentId, consent: true },
    headers: { origin: portal },
  });
  expect(answer.ok(), await answer.text()).toBe(true);
  return page;
}

/** A window of a person who is signed in. */
export async function openAs(address: string, look: Look = {}): Promise<Page> {
  const page = await open(look);
  await signIn(page.context(), address);
  return page;
}

/**
 * Lets the clock of a page run on until something holds: what it does after a while need not be waited for. The clock was installed
 * (`page.clock.install`) before the page was opened.
 */
export async function soon(page: Page, holds: () => Promise<boolean>) {
  await expect
    .poll(
      async () => {
        await page.clock.runFor(1_000);
        return holds();
      },
      { timeout: 40_000 },
    )
    .toBe(true);
}

/** Goes to a page and waits until it stands. */
export async function go(page: Page, path: string) {
  await page.goto(portal + path);
  await settled(page);
}

/**
 * The page of the address is shown, not the one before it, and nothing of it is loading any more. Live streams stay open, so
 * quiet of the network is no sign. The wall and the gateway's own pages are without the frame, and say nothing of an address.
 */
export async function settled(page: Page) {
  await page.waitForFunction(
    () =>
      [undefined, location.pathname].includes(document.getElementById('main')?.dataset['path']) &&
      document.querySelector('h1') &&
      !document.querySelector('.navigation-progress') &&
      !document.querySelector('.loading, .ant-skeleton, .ant-spin-spinning, [aria-busy="true"]'),
    undefined,
    { timeout: 30_000 },
  );
  await page.evaluate(() => document.fonts.ready);
}

/** Fails if the page had to complain. */
export function calm(page: Page) {
  expect(complaints.get(page) ?? []).toEqual([]);
}

/** Keeps a picture for people to look at, below `.cast/pictures`. */
export async function picture(page: Page, name: string, whole = true) {
  const folder = process.env['CAST_PICTURES'];
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}.png`, fullPage: whole });
}

/** Pictures of every window that is open: what it looked like when a test failed. */
export async function pictures(name: string) {
  const pages = browser.contexts().flatMap((context) => context.pages());
  for (const [index, page] of pages.entries()) await picture(page, `${name}-${index}`).catch(() => undefined);
}

/** Chooses from a list, as a person does: open it, pick what it says. */
export async function choose(page: Page, label: string | RegExp, option: string, within: Page | Locator = page) {
  await within.getByRole('combobox', { name: label }).first().click();
  await page
    .locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option')
    .filter({ hasText: option })
    .first()
    .click();
}
