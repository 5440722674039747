import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { codeFor, ownPassword, portal, society, stranger } from './people';
import { calm, expectRefusal, go, narrow, open, openAs, picture, settled, withBrowser } from './screen';

// What people do that no page asked for: load a page anew, go back, sign out elsewhere, type by an input method, paste, lose the
// network, print.

/** The scientist of the demo data (seeds/demo-accounts.csv). */
const scientist = '+8619900000001';

describe('habits', () => {
  withBrowser();

  test('a wrong password is said at its field', async () => {
    const page = await open({ viewport: narrow });
    expectRefusal(page, /^401 POST \/v1\/sessions$/);
    await go(page, '/sign-in');
    await page.getByLabel('手机号或邮箱').fill(stranger().address);
    await page.getByLabel('密码', { exact: true }).fill('not-this-one-either');
    await page.getByRole('button', { name: '登录', exact: true }).click();
    const field = page.locator('.ant-form-item').filter({ has: page.getByLabel('密码', { exact: true }) });
    await field.getByText('账号或密码不正确').waitFor();
    expect(await page.locator('.ant-message-notice').count()).toBe(0);
    await picture(page, 'habits-wrong-password');
    calm(page);
    await page.context().close();
  });

  test('loading sign-up anew loses nothing but the password; a pasted code is taken whole', async () => {
    const me = stranger();
    const page = await open({ viewport: narrow });
    await go(page, '/sign-up');
    await page.getByLabel('手机号或邮箱').fill(me.address);
    await page.getByLabel('怎么称呼您').fill('小林');
    await page.getByLabel('设置密码').fill(ownPassword);
    await page.getByRole('button', { name: '获取验证码' }).click();
    await page.getByText('验证码已发送至').waitFor();
    // The phone drops the page while the message is read.
    await page.reload();
    await settled(page);
    await page.getByText(`验证码已发送至 ${me.address}`).waitFor();
    expect(await page.getByLabel('手机号或邮箱').inputValue()).toBe(me.address);
    expect(await page.getByLabel('怎么称呼您').inputValue()).toBe('小林');
    expect(await page.getByLabel('设置密码').inputValue()).toBe('');
    expect(await page.evaluate(() => JSON.stringify([Object.entries(sessionStorage)]))).not.toContain(ownPassword);
    await picture(page, 'habits-sign-up-again');
    const code = await codeFor(me.address);
    const wide = Array.from(code, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0)).join('');
    await paste(page, '验证码', `${wide.slice(0, 3)} ${wide.slice(3)}`);
    expect(await page.getByLabel('验证码').inputValue()).toBe(code);
    await page.getByLabel('设置密码').fill(ownPassword);
    await page.getByRole('checkbox').check();
    await page.getByRole('button', { name: '注册账号' }).click();
    await page.waitForURL('**/me');
    await settled(page);
    // A grouped identity number too.
    await go(page, '/me/person');
    const { residentId } = me;
    await paste(page, '身份证号码', `${residentId.slice(0, 6)} ${residentId.slice(6, 14)} ${residentId.slice(14)}`);
    expect(await page.getByLabel('身份证号码', { exact: true }).inputValue()).toBe(residentId);
    calm(page);
    await page.context().close();
  });

  test('nothing is looked for while an input method composes', async () => {
    const page = await open();
    await page.clock.install();
    await go(page, '/organisations');
    const asked: string[] = [];
    page.on('request', (request) => {
      const { pathname, searchParams } = new URL(request.url());
      if (pathname === '/v1/organisations') asked.push(searchParams.get('query') ?? '');
    });
    await page.getByRole('searchbox').click();
    const keyboard = await page.context().newCDPSession(page);
    for (const text of ['k', 'ke', 'ke p', 'ke pu']) {
      await keyboard.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length });
      expect(await page.getByRole('searchbox').inputValue()).toBe(text);
    }
    // Longer than the moment after which the list follows the typing.
    await page.clock.runFor(600);
    expect(asked).toEqual([]);
    await keyboard.send('Input.insertText', { text: '科普' });
    // What had been asked meanwhile would stand before it.
    await expect.poll(() => asked).toEqual(['科普']);
    calm(page);
    await page.context().close();
  });

  test('the back button in the join form goes one step back', async () => {
    const page = await openAs(scientist, { viewport: narrow });
    const list = (await (
      await page.request.get(`${portal}/v1/organisations?query=${encodeURIComponent('学会')}&pageSize=50`)
    ).json()) as { organisations: { organisationId: string; name: string; acceptsApplications: boolean }[] };
    const mine = (await (await page.request.get(`${portal}/v1/me/memberships`)).json()) as {
      memberships: { organisationId: string }[];
    };
    const held = new Set(mine.memberships.map(({ organisationId }) => organisationId));
    const free = list.organisations.find(
      ({ organisationId, name, acceptsApplications }) =>
        acceptsApplications && !held.has(organisationId) && name !== society,
    )!;
    await go(page, `/organisations/${free.organisationId}`);
    await page
      .getByRole('button', { name: /申请|继续/ })
      .first()
      .click();
    await page.waitForURL('**/join/**');
    await settled(page);
    if (!(await page.getByRole('radio').first().isVisible()))
      await page.getByRole('button', { name: '上一步' }).click();
    await page.getByRole('radio').first().waitFor();
    await page.getByRole('button', { name: '下一步' }).click();
    await page.getByLabel('工作或学习单位').waitFor();
    await page.goBack();
    await page.getByRole('radio').first().waitFor();
    await page.goForward();
    await page.getByLabel('工作或学习单位').waitFor();
    await picture(page, 'habits-join');
    calm(page);
    await page.context().close();
  });

  test('signing out in one tab ends what another shows', async () => {
    const page = await openAs(scientist);
    await go(page, '/me/person');
    const other = await page.context().newPage();
    await other.goto(`${portal}/`);
    await settled(other);
    await other.locator('.tools [aria-haspopup="menu"]').click();
    await other.getByRole('menuitem', { name: '退出登录' }).click();
    await page.waitForURL('**/sign-in?next=**');
    await settled(page);
    await page.context().close();
  });

  test('who cannot be asked who they are can still sign in, and try again', async () => {
    const page = await open({ viewport: narrow });
    expectRefusal(page, /^502 GET \/v1\/me$/);
    let broken = true;
    await page.route('**/v1/me', (route) =>
      broken ? route.fulfill({ status: 502, body: '<h1>Bad Gateway</h1>' }) : route.continue(),
    );
    await go(page, '/me');
    const header = page.getByRole('banner');
    await header.getByRole('button', { name: '登录' }).waitFor();
    expect(await page.locator('main').innerText()).toContain('服务暂时不可用');
    expect(await page.locator('body').innerText()).not.toContain('Bad Gateway');
    await picture(page, 'habits-me-fails');
    broken = false;
    await header.getByRole('button', { name: '重新加载' }).click();
    await page.waitForURL('**/sign-in?next=**');
    calm(page);
    await page.context().close();
  });

  test('a page that is shut has a heading and a way out', async () => {
    const page = await openAs(scientist, { viewport: narrow });
    for (const path of ['/cockpit', '/staff', '/staff/grants', '/desk']) {
      await go(page, path);
      expect(await page.getByRole('heading', { level: 1 }).innerText(), path).toBe('您没有权限打开这个页面');
      await page.locator('main').getByRole('link', { name: '回到首页' }).waitFor();
    }
    await picture(page, 'habits-shut');
    calm(page);
    await page.context().close();
  });

  test('the installed app opens without a network', async () => {
    const page = await openAs(scientist, { viewport: narrow });
    const title = await takeSeat(page);
    await go(page, '/me');
    await page.waitForFunction(async () => !!(await navigator.serviceWorker.ready).active);
    await expect
      .poll(() => page.evaluate(async () => (await (await caches.open('shell')).keys()).length), { timeout: 20_000 })
      .toBeGreaterThan(20);
    await page.reload();
    await settled(page);
    expectRefusal(page, /^net::ERR_INTERNET_DISCONNECTED /);
    await page.context().setOffline(true);
    await page.goto(`${portal}/me`);
    await page.getByRole('heading', { name: '没有网络也能出示' }).waitFor();
    await settled(page);
    await picture(page, 'habits-offline');
    await page.locator('main').getByRole('link', { name: title }).click();
    await page.getByRole('img', { name: `“${title}”的入场二维码` }).waitFor();
    await picture(page, 'habits-offline-ticket');
    calm(page);
    await page.context().close();
  });

  test('a page on paper is black on white, without what is there to click', async () => {
    const page = await openAs(scientist, { dark: true });
    for (const [name, path] of Object.entries({
      tickets: '/me/activities',
      hours: '/me/hours',
      list: '/organisations',
    })) {
      await go(page, path);
      await page.emulateMedia({ media: 'print' });
      for (const part of ['.bar', '.foot', 'main nav', 'main button'])
        expect(await page.locator(`${part}:visible`).count(), `${part} of ${path}`).toBe(0);
      const colours = await page.evaluate(() => ({
        ground: getComputedStyle(document.body).backgroundColor,
        ink: getComputedStyle(document.querySelector('h1')!).color,
      }));
      expect(colours).toEqual({ ground: 'rgb(255, 255, 255)', ink: 'rgb(0, 0, 0)' });
      await picture(page, `habits-print-${name}`);
      await page.emulateMedia({ media: 'screen' });
    }
    calm(page);
    await page.context().close();
  });
});

/** A seat at an activity to come; the title of the activity. */
async function takeSeat(page: Page): Promise<string> {
  const { activities } = (await (await page.request.get(`${portal}/v1/activities?pageSize=50`)).json()) as {
    activities: { activityId: string; title: string; capacity: number; seatsTaken: number }[];
  };
  for (const { activityId, title } of activities.filter(({ capacity, seatsTaken }) => seatsTaken < capacity)) {
    const taken = await page.request.post(`${portal}/v1/activities/${activityId}/registrations`, {
      data: {},
      headers: { origin: portal, 'Idempotency-Key': crypto.randomUUID() },
    });
    if (taken.ok()) return title;
  }
  throw new Error('no activity has a seat left');
}

/** As a person pastes: into the field that is focused, all at once. */
async function paste(page: Page, label: string, text: string) {
  await page.getByLabel(label, { exact: true }).click();
  await page.evaluate((copied) => navigator.clipboard.writeText(copied), text);
  await page.keyboard.press('ControlOrMeta+V');
}
