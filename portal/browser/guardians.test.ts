import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFailed, test } from 'vitest';
import { child, portal } from './people';
import {
  calm,
  expectRefusal,
  go,
  narrow,
  open,
  openAs,
  picture,
  pictures,
  settled,
  signUp,
  soon,
  withBrowser,
} from './screen';

// A child under 14 and an adult who answers for them, each on a phone of their own (PIPL art. 31). Each test goes on where the one
// before ended.

/** The scientist of the demo data (seeds/demo-accounts.csv), an adult. */
const adult = '+8619900000001';

describe('a guardian', () => {
  withBrowser();
  const me = child();
  let young: Page;
  let parent: Page;
  let code = '';

  beforeAll(async () => {
    young = await open({ viewport: narrow });
    await young.clock.install();
    await signUp(young.context(), me);
    parent = await openAs(adult, { viewport: narrow });
  });
  afterAll(async () => {
    await young.context().close();
    await parent.context().close();
  });

  let broken = false;
  beforeEach((context) => {
    context.skip(broken, 'the test before did not come to its end');
    onTestFailed(async () => {
      broken = true;
      await pictures('failed-guardians');
    });
  });

  /** Makes a code by click and takes it as it is shown. */
  const make = async (name: string) => {
    const before = code;
    await young.getByRole('button', { name }).click();
    const digits = young.locator('.guardian-digits');
    await expect.poll(async () => (await digits.count()) > 0 && (await digits.innerText())).not.toBe(before || false);
    code = await digits.innerText();
    expect(code).toMatch(/^[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}$/);
  };
  const enter = async (typed: string) => {
    await parent.getByLabel('确认码', { exact: true }).fill(typed);
    // The form has taken what was typed before it is asked to send it.
    await settled(parent);
    await parent.getByRole('button', { name: '下一步' }).click();
  };
  /** The one of this child among all the wards of the demo person. */
  const ward = () =>
    parent
      .locator('.stack.wards > li')
      .filter({ hasText: /等待您确认|已同意/ })
      .first();

  test('a child is told why one is needed, and makes a code', async () => {
    await go(young, '/me/person');
    await young.getByLabel('姓名', { exact: true }).fill(me.name);
    await young.getByLabel('身份证号码', { exact: true }).fill(me.residentId);
    await young.getByRole('checkbox').check();
    await young.getByRole('button', { name: '提交验证' }).click();
    await young.getByRole('heading', { name: '请监护人确认' }).waitFor();
    await young.getByText('《个人信息保护法》第三十一条').waitFor();
    await picture(young, 'guardians-child');
    await make('生成确认码');
    await young.getByRole('button', { name: '复制确认码' }).click();
    expect(await young.evaluate(() => navigator.clipboard.readText())).toBe(code);
    await picture(young, 'guardians-child-code');
    await go(young, '/me');
    await young.getByRole('heading', { name: '请监护人确认' }).waitFor();
    await picture(young, 'guardians-child-home');
    calm(young);
  });

  test('an adult finds the way from the own identity; a wrong code is said at its field', async () => {
    await go(parent, '/me/person');
    await parent.getByRole('link', { name: '办理监护人确认' }).click();
    await parent.waitForURL('**/me/wards');
    await settled(parent);
    expectRefusal(parent, /^400 POST \/v1\/me\/wards$/);
    await enter('2222-2222-2222');
    const field = parent.locator('.ant-form-item').filter({ has: parent.getByLabel('确认码', { exact: true }) });
    await field.getByText('监护人确认码不正确或已失效').waitFor();
    expect(await parent.locator('.ant-message-notice').count()).toBe(0);
    await picture(parent, 'guardians-code-wrong');
    calm(parent);
  });

  test('the adult refuses, and the child is told and makes another code', async () => {
    await enter(code);
    await ward().getByRole('button', { name: '不同意' }).click();
    await parent.getByRole('dialog').getByRole('button', { name: '不同意' }).click();
    await parent.getByText('已答复：不同意').first().waitFor();
    await go(young, '/me/person');
    await young.getByText('没有同意').waitFor();
    await picture(young, 'guardians-child-refused');
    await make('生成确认码');
  });

  test('the adult reads what it is about and agrees; the child is verified', async () => {
    // As it may come out of a message: in small letters, without hyphens, with blanks.
    await enter(` ${code.toLowerCase().replaceAll('-', ' ')} `);
    await ward().getByText('这是不满十四周岁未成年人的个人信息').waitFor();
    // The code is used up; the child's page says that an adult has entered it.
    await go(young, '/me/person');
    await young.getByText('请等待其确认').waitFor();
    await picture(young, 'guardians-child-waits');
    await ward().getByRole('button', { name: '确认并同意' }).click();
    await ward().getByText('需要您勾选同意后才能确认').waitFor();
    await picture(parent, 'guardians-consent');
    await ward().getByRole('checkbox').check();
    await ward().getByRole('button', { name: '确认并同意' }).click();
    await ward().getByRole('button', { name: '撤回同意' }).waitFor();
    await picture(parent, 'guardians-wards');
    // The page of the child is open and hears of it by itself.
    await soon(young, async () => !(await young.locator('main').innerText()).includes('请监护人确认'));
    expect(await verified(young)).toBe('VERIFIED');
    calm(young);
    calm(parent);
  });

  test('the consent is taken back, and the child is suspended and can ask again', async () => {
    await ward().getByRole('button', { name: '撤回同意' }).click();
    await picture(parent, 'guardians-withdraw', false);
    await parent.getByRole('dialog').getByRole('button', { name: '撤回同意' }).click();
    await parent.getByText('已撤回同意').first().waitFor();
    expect(await verified(young)).toBe('SUSPENDED');
    await go(young, '/me/person');
    await young.getByText('监护人撤回了同意，您的实名身份已暂停').waitFor();
    await young.getByRole('button', { name: '生成确认码' }).waitFor();
    await picture(young, 'guardians-child-suspended');
    calm(young);
    calm(parent);
  });

  test('in English it says the same', async () => {
    const page = await openAs(adult, { viewport: narrow, language: 'en' });
    await go(page, '/me/wards');
    await page
      .getByRole('heading', { name: 'Enter the child’s code' })
      .or(page.getByText("Enter the child's code"))
      .waitFor();
    await picture(page, 'guardians-wards-en');
    calm(page);
    await page.context().close();
  });
});

async function verified(page: Page): Promise<string> {
  const person = (await (await page.request.get(`${portal}/v1/me/person`)).json()) as { status: string };
  return person.status;
}
