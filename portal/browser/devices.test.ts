import { describe, expect, test } from 'vitest';
import { portal, staff, stranger } from './people';
import {
  calm,
  desktop,
  expectRefusal,
  go,
  narrow,
  open,
  openAs,
  picture,
  settled,
  signUp,
  withBrowser,
} from './screen';

// A device without a browser shows letters, and a person signs it in on a phone, by clicks.

describe('devices', () => {
  withBrowser();
  const name = `签到大屏 ${Date.now().toString(36)}`;
  let clientId = '';

  test('the society registers an application for devices', async () => {
    const page = await openAs(staff.administrator, { viewport: desktop });
    await go(page, '/desk');
    await page.getByRole('link', { name: '系统接入' }).first().click();
    await page.waitForURL('**/clients');
    await page.getByRole('button', { name: '新建接入' }).first().click();
    const form = page.getByRole('dialog');
    await form.getByLabel('系统名称').fill(name);
    await form.getByRole('radio', { name: /手机或网页应用/ }).click();
    for (const scope of ['登录身份', '显示名称']) await form.getByLabel(scope).check();
    await form.getByLabel('登录后的返回地址（每行一个）').fill('com.example.screen:/callback');
    await form.getByLabel('用于没有浏览器的设备').check();
    await picture(page, 'devices-client-new', false);
    await form.getByRole('button', { name: '新建接入' }).click();
    clientId = (await page.locator('.secret code').first().textContent())!;
    await page.getByRole('button', { name: '我已保存' }).click();
    calm(page);
    await page.context().close();
  });

  test('a person signs the device in by its letters, and refuses another time', async () => {
    const me = stranger();
    const page = await open({ viewport: narrow });
    await signUp(page.context(), me);
    const begin = async () => {
      const answer = await page.request.post(`${portal}/oauth2/device_authorization`, {
        form: { client_id: clientId, scope: 'openid profile' },
      });
      expect(answer.ok(), await answer.text()).toBe(true);
      return (await answer.json()) as Record<string, string>;
    };
    const ask = async (device: string) => {
      const answer = await page.request.post(`${portal}/oauth2/token`, {
        form: { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: device, client_id: clientId },
      });
      return (await answer.json()) as Record<string, string>;
    };
    const first = await begin();
    expect((await ask(first['device_code']!))['error']).toBe('authorization_pending');

    // Typed by hand, in small letters; wrong ones are said so at the field.
    expectRefusal(page, /^400 POST \/v1\/deviceSignIns:find$/);
    await go(page, '/device');
    await page.getByLabel('设备验证码').fill('BCDF-GHJK');
    await page.getByRole('button', { name: '下一步' }).click();
    await page.getByText(/设备验证码不正确或已失效/).waitFor();
    await page.getByLabel('设备验证码').fill(first['user_code']!.toLowerCase());
    await page.getByRole('button', { name: '下一步' }).click();
    await page.getByRole('heading', { name: `在设备上登录“${name}”？` }).waitFor();
    await page.getByText(first['user_code']!).waitFor();
    await settled(page);
    await picture(page, 'devices-question', false);
    await page.getByRole('button', { name: '同意登录' }).click();
    await page.getByRole('heading', { name: '设备即将登录' }).waitFor();
    await picture(page, 'devices-approved', false);
    expect((await ask(first['device_code']!))['access_token']).toBeTruthy();

    // By the address of a QR code: the letters are there, and still the person says yes or no.
    const second = await begin();
    await page.goto(`${portal}/device?code=${second['user_code']!}`);
    await page.getByRole('button', { name: '下一步' }).click();
    await page.getByRole('button', { name: '不同意' }).click();
    await page.getByRole('heading', { name: '已拒绝' }).waitFor();
    expect((await ask(second['device_code']!))['error']).toBe('access_denied');
    calm(page);
    await page.context().close();
  });
});
