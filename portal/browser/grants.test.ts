import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { portal, staff, stranger } from './people';
import {
  calm,
  choose,
  desktop,
  expectRefusal,
  go,
  narrow,
  newcomer,
  openAs,
  picture,
  settled,
  withBrowser,
} from './screen';

// Roles of the platform are proposed by one security administrator and decided by another; others have a last day, and who leaves loses
// what was given.
describe.each(Object.entries({ desktop, phone: narrow }))('roles, %s', (width, viewport) => {
  withBrowser();
  let one: Page, other: Page, colleague: Page;
  let number: string;
  const rows = (page: Page, section: string) =>
    page.getByRole('region', { name: section }).locator('.resource-table tbody tr').filter({ hasText: number });

  beforeAll(async () => {
    one = await openAs(staff.security, { viewport });
    other = await openAs(staff.otherSecurity, { viewport });
    colleague = await newcomer(stranger());
    const person = (await (await colleague.request.get(`${portal}/v1/me/person`)).json()) as { personNumber: string };
    number = person.personNumber;
  });

  afterAll(async () => {
    for (const page of [one, other, colleague]) await page.context().close();
  });

  test('one proposes an audit administrator', async () => {
    await go(one, '/staff/grants');
    await one.getByLabel('科协号').fill(number);
    await choose(one, '角色', '审计管理员');
    await one.getByText('该角色须由两人共同授予或收回').waitFor();
    expect(await one.getByRole('button', { name: '授予角色' }).count()).toBe(0);
    await one.getByLabel('理由').fill('接替到期的审计管理员');
    await one.getByRole('button', { name: '提出申请' }).click();
    await rows(one, '平台角色的授予与收回申请').getByText('待决定').waitFor();
    expect(await rows(one, '平台角色的授予与收回申请').getByRole('button', { name: '同意' }).count()).toBe(0);
    await settled(one);
    await picture(one, `grants-proposed-${width}`);
    calm(one);
  });

  test('another is told, looks at it, and approves', async () => {
    await go(other, '/me/inbox');
    await other.getByText('有角色授予申请待您决定').first().click();
    const line = rows(other, '平台角色的授予与收回申请').first();
    await line.getByRole('button', { name: '同意', exact: true }).click();
    const dialog = other.getByRole('dialog').filter({ hasText: '接替到期的审计管理员' });
    await picture(other, `grants-approve-${width}`, false);
    await dialog.getByRole('button', { name: '同意', exact: true }).click();
    await line.getByText('已同意').waitFor();
    await rows(other, '已授予的角色').getByText('审计管理员').waitFor();
    calm(other);
    await go(colleague, '/me/inbox');
    await colleague.getByText('您有了新的工作角色').first().waitFor();
    calm(colleague);
  });

  test('it is taken by two people again, and one takes the proposal back', async () => {
    await rows(other, '已授予的角色').getByRole('button', { name: '申请收回' }).click();
    const dialog = other.getByRole('dialog');
    await dialog.getByLabel('理由').fill('岗位调整');
    await dialog.getByRole('button', { name: '提出申请' }).click();
    const line = rows(other, '平台角色的授予与收回申请').filter({ hasText: '收回“审计管理员”' });
    await line.getByRole('button', { name: '撤回' }).click();
    await other.getByRole('dialog').getByRole('button', { name: '撤回' }).click();
    await line.getByText('已撤回').waitFor();
    calm(other);
  });

  test('a role with a last day is given, changed, found on a day, and lost by who leaves', async () => {
    const person = await newcomer(stranger());
    const found = (await (await person.request.get(`${portal}/v1/me/person`)).json()) as { personNumber: string };
    await person.context().close();
    number = found.personNumber;
    await go(one, '/staff/grants');
    await one.getByLabel('科协号').fill(number);
    await choose(one, '角色', '数据查看员');
    await one.getByLabel('截止日期').fill('2020-01-01');
    expectRefusal(one, /^400 POST .*grants$/);
    await one.getByRole('button', { name: '授予角色' }).click();
    await one.getByText('授权截止日期已过').waitFor();
    await one.getByLabel('截止日期').fill('2099-12-31');
    await one.getByRole('button', { name: '授予角色' }).click();
    const line = rows(one, '已授予的角色').first();
    await line.getByText('2099年12月31日').waitFor();
    await line.getByRole('button', { name: '改截止日期' }).click();
    await one.getByRole('dialog').getByLabel('截止日期').fill('');
    await one.getByRole('dialog').getByRole('button', { name: '保存' }).click();
    await line.getByText('长期').waitFor();
    await settled(one);
    await picture(one, `grants-list-${width}`);
    await line.getByRole('button', { name: '离任' }).click();
    await one.getByRole('dialog').getByRole('button', { name: '离任' }).click();
    await one.getByText('已收回 1 项角色').waitFor();
    await expect.poll(() => rows(one, '已授予的角色').count()).toBe(0);
    // Who held what today is still known.
    const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' }).format(new Date());
    await one.getByLabel('查看某一天').fill(today);
    await rows(one, '已授予的角色').getByText('结束').waitFor();
    await one.getByLabel('包括下级组织').check();
    await rows(one, '已授予的角色').first().getByText('中国科学技术协会').waitFor();
    await settled(one);
    await picture(one, `grants-day-${width}`);
    calm(one);
  });
});
