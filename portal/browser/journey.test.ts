import type { Page } from 'playwright-core';
import { beforeAll, beforeEach, describe, expect, onTestFailed, test } from 'vitest';
import { codeFor, ownPassword, portal, society, staff, stranger } from './people';
import {
  calm,
  choose,
  expectRefusal,
  go,
  open,
  openAs,
  phone,
  picture,
  pictures,
  settled,
  withBrowser,
} from './screen';

// The main journey by screen: a scientist on a phone, the society's staff at their desks, a leader before the wall.
// Each test goes on where the one before ended.
describe('the main journey', () => {
  withBrowser();
  const me = stranger();
  const title = `暑期算法公开课 ${Date.now().toString(36)}`;
  let scientist: Page;
  let wall: Page;
  let card = '';
  let activityPath = '';

  beforeAll(async () => {
    scientist = await open({ viewport: phone });
    wall = await openAs(staff.leader, { viewport: { width: 1920, height: 1080 } });
    await go(wall, '/cockpit/wall');
  });

  let broken = false;
  beforeEach((context) => {
    context.skip(broken, 'the test before did not come to its end');
    onTestFailed(async () => {
      broken = true;
      await pictures('failed');
    });
  });

  /** A headline figure of the wall, as a number. */
  const figure = async (name: string) =>
    Number(
      (await wall.locator('.wall-figures > div').filter({ hasText: name }).locator('b').first().innerText()).replace(
        /[,\s]/g,
        '',
      ),
    );
  const risesTo = (name: string, value: number) =>
    expect.poll(() => figure(name), { timeout: 10_000, interval: 100 }).toBeGreaterThanOrEqual(value);

  test('a scientist signs up on a phone with a code', async () => {
    const before = await figure('注册科技工作者');
    await go(scientist, '/');
    await scientist.getByRole('banner').getByRole('button', { name: '登录' }).click();
    await scientist.getByRole('link', { name: '还没有账号，去注册' }).click();
    await scientist.getByRole('heading', { name: '注册账号' }).waitFor();
    await scientist.getByLabel('手机号或邮箱').fill(me.address);
    await scientist.getByRole('button', { name: '获取验证码' }).click();
    await scientist.getByText('验证码已发送至').waitFor();
    await scientist.getByLabel('验证码').fill(await codeFor(me.address));
    await scientist.getByLabel('设置密码').fill(ownPassword);
    await scientist.getByLabel('怎么称呼您').fill('小林');
    await scientist.getByRole('checkbox').check();
    await scientist.getByRole('button', { name: '注册账号' }).click();
    await scientist.waitForURL('**/me');
    await settled(scientist);
    await risesTo('注册科技工作者', before + 1);
    await picture(scientist, 'journey-me');
    calm(scientist);
  });

  test('a wrong identity number is refused at its field, the right one is verified', async () => {
    await go(scientist, '/me/person');
    const number = scientist.getByLabel('身份证号码', { exact: true });
    await scientist.getByLabel('姓名', { exact: true }).fill(me.name);
    await number.fill(me.residentId.slice(0, 17) + (me.residentId.endsWith('1') ? '2' : '1'));
    await number.blur();
    await scientist.getByText('身份证号码应为 18 位，请与证件逐位核对').waitFor();
    await number.fill(me.residentId);
    await scientist.getByRole('checkbox').check();
    await scientist.getByRole('button', { name: '提交验证' }).click();
    await scientist.getByText('实名验证成功').waitFor();
    // Never shown whole again.
    expect(await scientist.locator('main').innerText()).not.toContain(me.residentId);
    calm(scientist);
  });

  test('the application is filled in, left, found again as it was, and submitted', async () => {
    await go(scientist, '/organisations');
    await scientist.getByRole('searchbox').or(scientist.getByRole('textbox')).first().fill('计算机');
    await scientist
      .getByRole('link', { name: new RegExp(society) })
      .first()
      .click();
    await scientist.getByRole('button', { name: '申请入会' }).click();
    await scientist.waitForURL('**/join/**');
    await scientist.getByRole('button', { name: '下一步' }).click();
    await scientist.getByLabel('工作或学习单位').fill('某大学计算机学院');
    await choose(scientist, '最高学历', '博士研究生');
    await scientist.getByLabel('专业领域', { exact: true }).fill('数据库系统');
    // The phone rings; the page is loaded anew.
    await scientist.reload();
    await settled(scientist);
    const employer = scientist.getByLabel('工作或学习单位');
    if (!(await employer.isVisible())) await scientist.getByRole('button', { name: '下一步' }).click();
    expect(await employer.inputValue()).toBe('某大学计算机学院');
    expect(await scientist.getByLabel('专业领域', { exact: true }).inputValue()).toBe('数据库系统');
    await choose(scientist, /^省/, '北京市');
    await scientist.getByRole('button', { name: '下一步' }).click();
    await scientist.getByRole('heading', { name: '请核对' }).waitFor();
    await picture(scientist, 'journey-join');
    await scientist.getByRole('checkbox').check();
    await scientist.getByRole('button', { name: '提交申请' }).click();
    await scientist.getByText('申请已提交').first().waitFor();
    calm(scientist);
  });

  /** Who joined today, by the bars of the wall. */
  const joinedToday = async () => Number((await wall.locator('.wall-bars-foot b').innerText()).replace(/[^\d]/g, ''));

  test('two colleagues decide with the keyboard, and the wall counts one more member', async () => {
    const before = await figure('有效会籍');
    const joined = await joinedToday();
    for (const [who, step, key, done] of [
      [staff.reviewer, '待初审', 'p', '已通过初审'],
      [staff.approver, '待终审', 'a', '已批准入会'],
    ] as const) {
      const desk = await openAs(who);
      await go(desk, '/desk');
      await desk.getByRole('link', { name: step }).click();
      await desk.waitForURL('**/review**');
      await settled(desk);
      await chooseApplicant(desk, me.name);
      await desk.keyboard.press(key);
      const sure = desk.getByRole('dialog').getByRole('button', { name: '批准入会' });
      if (key === 'a') await sure.click();
      await desk.getByText(`${me.name}：${done}`).first().waitFor();
      await picture(desk, `journey-${key === 'p' ? 'first' : 'final'}-review`);
      calm(desk);
      await desk.context().close();
    }
    await risesTo('有效会籍', before + 1);
    // The days follow the headline figures, long before they would be asked for by themselves.
    await expect.poll(joinedToday, { timeout: 10_000 }).toBeGreaterThanOrEqual(joined + 1);
  });

  test('the card stands, without a network too, and a stranger verifies it by its link', async () => {
    await go(scientist, '/me/memberships');
    const code = scientist.getByRole('img', { name: new RegExp(`${society}会员证的核验二维码`) });
    await code.waitFor();
    const way = scientist.getByRole('link', { name: '看看别人扫码后看到什么' });
    card = new URL((await way.getAttribute('href'))!, portal).pathname;
    expect(card).toMatch(/^\/v\//);
    await picture(scientist, 'journey-card');
    await scientist.emulateMedia({ media: 'print' });
    expect(await code.isVisible()).toBe(true);
    expect(await scientist.locator('button:visible, nav:visible').count()).toBe(0);
    await picture(scientist, 'journey-card-on-paper');
    await scientist.emulateMedia({ media: 'screen' });
    calm(scientist);

    const passer = await open({ viewport: phone });
    await go(passer, card);
    await passer.getByText('会籍有效').first().waitFor();
    expect(await passer.locator('main').innerText()).toContain(society);
    await go(passer, `${card.slice(0, -4)}AAAA`);
    await passer.getByText('链接无效').first().waitFor();
    await passer.context().close();

    await scientist.waitForFunction(async () => !!(await navigator.serviceWorker.ready).active);
    await scientist.reload();
    await code.waitFor();
    expectRefusal(scientist, /^net::ERR_INTERNET_DISCONNECTED /);
    await scientist.context().setOffline(true);
    await scientist.reload();
    await code.waitFor();
    await scientist.context().setOffline(false);
  });

  test('the activity desk makes and publishes an activity', async () => {
    const desk = await openAs(staff.activityDesk);
    await go(desk, '/desk');
    await desk.getByRole('link', { name: '活动管理' }).first().click();
    await desk.waitForURL('**/activities');
    await settled(desk);
    await desk.getByRole('button', { name: '新建活动' }).click();
    const form = desk.getByRole('dialog');
    await form.getByLabel('活动名称').fill(title);
    await choose(desk, '活动类型', '报告讲座', form);
    // In Beijing, whatever the clock of this machine says. Check-in opens before the start.
    const at = (hours: number) => new Date(Date.now() + (8 + hours) * 3_600_000).toISOString().slice(0, 16);
    await form.getByLabel('开始时间（北京时间）').fill(at(0.5));
    await form.getByLabel('结束时间（北京时间）').fill(at(3));
    await form.getByLabel('具体地点或参加方式').fill('线上直播间');
    await form.getByLabel('名额').fill('1');
    await form.getByLabel('可得学时（分钟）').fill('90');
    await form.getByRole('button', { name: '保存草稿' }).click();
    await desk.getByText('草稿已保存').first().waitFor();
    const row = desk.locator('tr, li, article').filter({ hasText: title }).first();
    await row.getByRole('button', { name: '发布' }).click();
    await desk.getByRole('dialog').getByRole('button', { name: /发布/ }).click();
    await desk.getByText('活动已发布').first().waitFor();
    await picture(desk, 'journey-activities');
    calm(desk);
    await desk.context().close();
  });

  test('the scientist registers and holds a ticket; the seat is gone for others', async () => {
    await go(scientist, '/activities');
    await scientist.getByRole('searchbox').or(scientist.getByRole('textbox')).first().fill(title);
    await scientist.getByText('共 1 个活动').waitFor();
    await settled(scientist);
    await scientist.getByRole('link', { name: title }).first().click();
    await scientist.waitForURL('**/activities/*');
    activityPath = new URL(scientist.url()).pathname;
    await scientist.getByRole('button', { name: '报名参加' }).click();
    await scientist.waitForURL('**/me/activities/*');
    await scientist.getByRole('img', { name: `“${title}”的入场二维码` }).waitFor();
    await picture(scientist, 'journey-ticket');
    calm(scientist);

    const late = await open();
    await go(late, activityPath);
    await late.getByText('名额已满').first().waitFor();
    await late.context().close();
  });

  test('the ticket opens the door once, the hours are credited and the wall sees it', async () => {
    const before = await figure('参加活动');
    const ticket = await scientist.evaluate(async (path) => {
      const answer = await fetch(`/v1/registrations/${path.split('/').at(-1)}/ticket`);
      return ((await answer.json()) as { token: string }).token;
    }, new URL(scientist.url()).pathname);
    const desk = await openAs(staff.activityDesk, { viewport: phone });
    await go(desk, '/desk');
    const activities = await desk.getByRole('link', { name: '活动管理' }).first().getAttribute('href');
    await go(desk, `${activities}/${activityPath.split('/').at(-1)}/check-in`);
    const field = desk.locator('#ticket');
    for (const words of ['签到成功', '已经签到']) {
      await field.fill(ticket);
      await field.press('Enter');
      await desk.locator('.check-result').filter({ hasText: words }).waitFor();
    }
    expect(await desk.locator('.check-result').innerText()).toContain(me.name);
    await picture(desk, 'journey-check-in');
    calm(desk);
    await desk.context().close();

    await risesTo('参加活动', before + 1);
    await go(scientist, '/me/hours');
    await scientist.getByText(title).first().waitFor();
    expect(await scientist.locator('main').innerText()).toContain('1.5');
    await picture(wall, 'journey-wall', false);
    calm(wall);
  });

  test('signing out ends it here and leaves nothing behind', async () => {
    await go(scientist, '/me');
    await scientist.getByRole('banner').getByRole('button', { name: /小林/ }).click();
    await scientist.getByRole('menuitem', { name: '退出登录' }).click();
    await scientist.waitForURL((url) => !url.pathname.startsWith('/me'));
    const kept = await scientist.evaluate(() =>
      JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)]),
    );
    expect(kept).not.toContain(me.name);
    expect(kept).not.toContain(me.residentId);
    expect(await scientist.evaluate(async () => (await fetch('/v1/me')).status)).toBe(401);
  });
});

async function chooseApplicant(desk: Page, name: string) {
  const line = desk.locator('.review-list li').filter({ hasText: name }).last();
  await line.getByRole('button').click();
  await desk
    .getByRole('heading', { name: new RegExp(name) })
    .first()
    .waitFor();
}
