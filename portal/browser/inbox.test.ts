import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, onTestFailed, test } from 'vitest';
import { ownPassword, portal, society, staff, stranger } from './people';
import {
  calm,
  choose,
  desktop,
  go,
  narrow,
  open,
  openAs,
  picture,
  pictures,
  settled,
  signUp,
  withBrowser,
} from './screen';

// What the platform tells: a secretary returns an application, and the applicant learns of it on the page that is open. At both widths.
describe.each([
  { name: 'desktop', viewport: desktop },
  { name: 'phone', viewport: narrow },
])('the inbox, $name', ({ name, viewport }) => {
  withBrowser();
  beforeEach(() => {
    onTestFailed(() => pictures(`failed-inbox-${name}`));
  });

  const post = async (page: Page, path: string, data: object = {}) => {
    const answer = await page.request.post(portal + path, {
      data,
      headers: { origin: portal, 'Idempotency-Key': crypto.randomUUID() },
    });
    expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true);
    return (await answer.json()) as Record<string, string>;
  };

  test('a returned application rings at once, and its notice leads to it', async () => {
    const me = stranger();
    const page = await open({ viewport });
    await signUp(page.context(), me);
    await post(page, '/v1/me/person:verify', { name: me.name, residentIdNumber: me.residentId, consent: true });
    const found = (await (
      await page.request.get(`${portal}/v1/organisations?query=${encodeURIComponent(society)}`)
    ).json()) as { organisations: { organisationId: string }[] };
    const ours = found.organisations[0]!.organisationId;
    const { applicationId } = await post(page, `/v1/organisations/${ours}/applications`, {
      category: 'ORDINARY',
      form: {
        employer: '某大学计算机学院',
        education: 'DOCTOR',
        researchField: '数据库系统',
        divisionCode: '110108',
      },
    });
    await post(page, `/v1/applications/${applicationId}:submit`, { consent: true });
    await go(page, '/me');
    const bell = page.locator('.inbox-bell');
    await bell.waitFor();
    expect(await bell.getAttribute('aria-label')).toBe('通知');

    // At the desk.
    const desk = await openAs(staff.reviewer, { viewport });
    await go(desk, `/desk/${ours}/review?step=IN_FIRST_REVIEW`);
    const line = desk.locator('.review-list li').filter({ hasText: me.name }).last();
    await line.getByRole('button').click();
    await desk.getByRole('article').getByRole('button', { name: '退回修改' }).click();
    const dialog = desk.getByRole('dialog');
    await dialog.getByRole('textbox').fill('请补充工作单位全称。');
    await dialog.getByRole('button', { name: '退回修改' }).click();
    await desk.getByText(`${me.name}：已退回修改`).waitFor();
    calm(desk);
    await desk.context().close();

    // On the page that was open all the time: the number comes by itself, and the home says it as well.
    await page.getByRole('link', { name: '通知，1 条未读' }).waitFor({ timeout: 15_000 });
    await page.getByRole('heading', { name: '您有 1 条未读通知' }).waitFor();
    await picture(page, `inbox-bell-${name}`);
    await bell.click();
    await settled(page);
    const notice = page.getByRole('link', { name: '入会申请被退回修改' });
    await notice.waitFor();
    await picture(page, `inbox-${name}`);
    await notice.click();
    await page.waitForURL(`**/join/${ours}`);
    await settled(page);
    await page.getByText('请补充工作单位全称。').first().waitFor();
    // It is read now.
    await expect.poll(() => bell.getAttribute('aria-label')).toBe('通知');
    calm(page);
    await page.context().close();
  });

  test('all are marked as read, and the choices are kept', async () => {
    const me = stranger();
    const page = await open({ viewport });
    await signUp(page.context(), me);
    // Another browser of the same person: its sign-in is told here.
    await go(page, '/me/inbox');
    await page.getByText('还没有通知').waitFor();
    await picture(page, `inbox-empty-${name}`);
    const other = await open();
    await post(other, '/v1/sessions', { address: me.address, password: ownPassword });
    await other.context().close();
    await page.getByRole('link', { name: '账号在新设备上登录' }).waitFor({ timeout: 15_000 });
    await page.getByRole('button', { name: '全部标为已读' }).click();
    await page.getByText('已全部标为已读').waitFor();
    await page.getByText('未读', { exact: true }).first().click();
    await page.getByText('没有未读的通知').waitFor();
    await page.getByRole('link', { name: '选择接收方式' }).click();
    await settled(page);
    await picture(page, `inbox-choices-${name}`);
    await choose(page, '我的申请：何时发邮件', '每天汇总一次');
    await page.getByText('通知设置已保存').waitFor();
    await page.reload();
    await settled(page);
    await page.getByText('每天汇总一次').waitFor();
    calm(page);
    await page.context().close();
  });
});
