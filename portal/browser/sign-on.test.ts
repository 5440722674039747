import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ownPassword, portal, staff, stranger } from './people';
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

// A site of a society signs people in through the platform, by clicks: on the site, on the platform, and back.

/** The site: remembers what the browser brings it. */
class Site {
  readonly visits: URL[] = [];
  private server?: Server;

  async start(): Promise<void> {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const url = new URL(request.url ?? '/', this.address);
        if (request.method === 'POST') url.search = Buffer.concat(chunks).toString();
        if (url.pathname !== '/favicon.ico') this.visits.push(url);
        response.setHeader('content-type', 'text/html; charset=utf-8');
        response.end(
          '<!doctype html><html lang="zh"><title>示例网站</title><link rel="icon" href="data:,"><h1>示例网站</h1></html>',
        );
      });
    });
    await new Promise<void>((resolve) => this.server?.listen(0, resolve));
  }

  get address(): string {
    return this.at('localhost');
  }

  /** Its address at this name of the machine. To a browser `127.0.0.1` is another site than the platform's `localhost`. */
  at(host: string): string {
    return `http://${host}:${(this.server?.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server?.close();
  }
}

const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

describe('sign-on', () => {
  withBrowser();
  const site = new Site();
  const name = `学术社区 ${Date.now().toString(36)}`;
  let client = { id: '', secret: '' };
  beforeAll(() => site.start());
  afterAll(() => site.stop());

  const authorize = (more: Record<string, string> = {}) => {
    const query = new URLSearchParams({
      client_id: client.id,
      redirect_uri: `${site.address}/callback`,
      response_type: 'code',
      scope: 'openid profile phone',
      state: 's&t',
      nonce: 'n',
      code_challenge: challenge,
      code_challenge_method: 'S256',
      ...more,
    });
    return `/oauth2/authorize?${query.toString()}`;
  };
  /** What the browser has brought to the site last. */
  const brought = async (page: Page) => {
    await page.waitForURL(`${site.address}/**`);
    await page.getByRole('heading', { name: '示例网站' }).waitFor();
    return site.visits.at(-1)!;
  };
  const tokens = async (page: Page, code: string) => {
    const answer = await page.request.post(`${portal}/oauth2/token`, {
      form: {
        grant_type: 'authorization_code',
        code,
        redirect_uri: `${site.address}/callback`,
        code_verifier: verifier,
        client_id: client.id,
        client_secret: client.secret,
      },
    });
    expect(answer.ok(), await answer.text()).toBe(true);
    return (await answer.json()) as Record<string, string>;
  };

  test('the society registers the site, mends it, and ends its old secret', async () => {
    const page = await openAs(staff.administrator, { viewport: desktop });
    await go(page, '/desk');
    await page.getByRole('link', { name: '系统接入' }).first().click();
    await page.waitForURL('**/clients');
    await page.getByRole('button', { name: '新建接入' }).first().click();
    const form = page.getByRole('dialog');
    await form.getByLabel('系统名称').fill(name);
    await form.getByRole('radio', { name: /网站/ }).click();
    for (const scope of ['登录身份', '显示名称', '手机号']) await form.getByLabel(scope).check();
    await form.getByLabel('登录后的返回地址（每行一个）').fill(`${site.address}/wrong`);
    await form.getByLabel('密钥有效期（天，选填）').fill('90');
    await picture(page, 'sign-on-client-new', false);
    await form.getByRole('button', { name: '新建接入' }).click();
    await page.getByText('请立即保存密钥').waitFor();
    const [id, secret] = await page.locator('.secret code').allTextContents();
    client = { id: id!, secret: secret! };
    await page.getByRole('button', { name: '我已保存' }).click();

    const row = page.locator('.resource-table tbody tr').filter({ hasText: name });
    await row.getByText(/密钥有效至/).waitFor();
    await row.getByRole('button', { name: '修改' }).click();
    const edit = page.getByRole('dialog');
    await edit.getByLabel('登录后的返回地址（每行一个）').fill(`${site.address}/callback`);
    await edit.getByLabel('退出后的返回地址（选填，每行一个）').fill(`${site.address}/bye`);
    await picture(page, 'sign-on-client-edit', false);
    await edit.getByRole('button', { name: '保存修改' }).click();
    await page.getByText('修改已保存').first().waitFor();

    await row.getByRole('button', { name: '更换密钥' }).click();
    await page.locator('.ant-modal-confirm').getByRole('button', { name: '更换密钥' }).click();
    await page.getByText('请立即保存密钥').waitFor();
    client.secret = (await page.locator('.secret code').allTextContents())[1]!;
    await page.getByRole('button', { name: '我已保存' }).click();
    await row.getByRole('button', { name: '停用旧密钥' }).click();
    await page.locator('.ant-modal-confirm').getByRole('button', { name: '停用旧密钥' }).click();
    await page.getByText('旧密钥已停用').first().waitFor();
    await row.getByRole('button', { name: '停用旧密钥' }).waitFor({ state: 'detached' });
    await picture(page, 'sign-on-clients', false);
    calm(page);
    await page.context().close();
  });

  test('a person signs in at the site, is asked, chooses, signs out, and withdraws', async () => {
    const me = stranger();
    const page = await open({ viewport: narrow });
    await signUp(page.context(), me);
    await page.context().clearCookies();

    // Not signed in: the page names the site and knows the address that it suggests.
    await page.goto(portal + authorize({ login_hint: me.address }));
    await page.getByRole('heading', { name: `登录“${name}”` }).waitFor();
    expect(new URL(page.url()).search).toMatch(/^\?authorization=[0-9a-f-]{36}$/);
    expect(await page.getByLabel('手机号或邮箱').inputValue()).toBe(me.address);
    await settled(page);
    await picture(page, 'sign-on-sign-in', false);
    await page.getByLabel('密码', { exact: true }).fill(ownPassword);
    await page.getByRole('button', { name: '登录', exact: true }).click();
    await page.getByRole('heading', { name: `允许“${name}”使用您的账号登录？` }).waitFor();
    await page.getByText('您的手机号').waitFor();
    await picture(page, 'sign-on-consent', false);
    await page.getByRole('button', { name: '同意并继续' }).click();
    const back = await brought(page);
    expect([back.pathname, back.searchParams.get('state')]).toEqual(['/callback', 's&t']);
    const first = await tokens(page, back.searchParams.get('code')!);

    // Agreed to: the second time the browser is back at once. In a form, if the site wants that.
    await page.goto(portal + authorize({ response_mode: 'form_post' }));
    const posted = await brought(page);
    expect(posted.searchParams.get('state')).toBe('s&t');
    await tokens(page, posted.searchParams.get('code')!);

    // The site wants the person to choose.
    await page.goto(portal + authorize({ prompt: 'select_account' }));
    await page.getByRole('heading', { name: `用哪个账号登录“${name}”？` }).waitFor();
    await picture(page, 'sign-on-choose', false);
    await page.getByRole('link', { name: '使用其他账号' }).click();
    await page.getByLabel('密码', { exact: true }).waitFor();
    await page.goBack();
    await page.getByRole('button', { name: /的身份继续/ }).click();
    expect((await brought(page)).searchParams.has('code')).toBe(true);

    // A fresh sign-in cannot be had by opening the next address.
    await page.goto(portal + authorize({ prompt: 'login' }));
    await page.getByRole('heading', { name: `登录“${name}”` }).waitFor();
    const id = new URL(page.url()).searchParams.get('authorization')!;
    await page.goto(`${portal}/oauth2/authorize/${id}`);
    await page.getByRole('heading', { name: `登录“${name}”` }).waitFor();

    // What the site may see is listed, and withdrawn.
    await go(page, '/me/consents');
    const entry = page.locator('.stack-item').filter({ hasText: name });
    await entry.getByText('手机号').waitFor();
    await picture(page, 'sign-on-sites', false);
    await entry.getByRole('button', { name: '取消授权' }).click();
    await page.locator('.ant-modal-confirm').getByRole('button', { name: '取消授权' }).click();
    await page.getByText('已取消授权').first().waitFor();
    const info = await page.request.get(`${portal}/oauth2/userinfo`, {
      headers: { authorization: `Bearer ${first.access_token}` },
    });
    expect(info.status()).toBe(401);

    // Signing out without a hint is asked about, and leads back.
    const away = new URLSearchParams({
      client_id: client.id,
      post_logout_redirect_uri: `${site.address}/bye`,
      state: 'x',
    });
    await page.goto(`${portal}/oauth2/logout?${away.toString()}`);
    await page.getByRole('heading', { name: '退出网上科协？' }).waitFor();
    // A form of another site comes without the cookie, and finds the session all the same.
    await page.goto(`${site.at('127.0.0.1')}/bye`);
    await page.evaluate(
      ([address, fields]) => {
        const form = document.createElement('form');
        [form.method, form.action] = ['post', address];
        for (const [name, value] of fields) {
          const input = document.createElement('input');
          [input.name, input.value] = [name, value];
          form.append(input);
        }
        document.body.append(form);
        HTMLFormElement.prototype.submit.call(form);
      },
      [`${portal}/oauth2/logout`, [...away, ['submit', 'x']]] as [string, [string, string][]],
    );
    await page.getByRole('heading', { name: '退出网上科协？' }).waitFor();
    await picture(page, 'sign-on-sign-out', false);
    await page.getByRole('button', { name: '退出登录' }).click();
    expect((await brought(page)).href).toBe(`${site.address}/bye?state=x`);
    await page.goto(`${portal}/oauth2/logout`);
    await page.getByRole('heading', { name: '您已退出登录' }).waitFor();
    await picture(page, 'sign-on-signed-out', false);
    calm(page);
    await page.context().close();
  });

  test('what cannot be is a page in the language of the person, and never JSON', async () => {
    const page = await open({ viewport: narrow, language: 'en' });
    expectRefusal(page, /^4\d\d GET \/oauth2\//);
    const pages: [string, string][] = [
      [authorize({ state: 'x'.repeat(5_000) }), 'This site cannot sign you in'],
      [authorize({ redirect_uri: 'https://evil.example/' }), 'This site cannot sign you in'],
      ['/oauth2/authorize/019ad0c8-0000-7000-8000-000000000001', 'This sign-in request has ended'],
      ['/oauth2/authorize/nonsense', 'This sign-in request has ended'],
      ['/oauth2/logout?post_logout_redirect_uri=https%3A%2F%2Fevil.example%2F', 'You are not signed out'],
      ['/oauth2/logout/confirm', 'This address does not take that HTTP method'],
    ];
    for (const [path, heading] of pages) {
      await page.goto(portal + path);
      await page.getByRole('heading', { name: heading }).waitFor();
    }
    await picture(page, 'sign-on-refused', false);
    await page.goto(portal + authorize({ state: 'x'.repeat(2_500), ui_locales: 'zh-CN' }));
    await page.getByRole('heading', { name: `登录“${name}”` }).waitFor();
    calm(page);
    await page.context().close();
  });

  test('an app in a browser calls what it needs, from its own address', async () => {
    const page = await open();
    await page.goto(site.address);
    const seen = await page.evaluate(async (issuer) => {
      const metadata = (await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()) as Record<
        string,
        string
      >;
      const keys = await fetch(metadata.jwks_uri!);
      const info = await fetch(metadata.userinfo_endpoint!, { headers: { authorization: 'Bearer nonsense' } });
      const form = new URLSearchParams({ grant_type: 'authorization_code', client_id: 'x' });
      const token = await fetch(metadata.token_endpoint!, { method: 'POST', body: form });
      return [keys.status, info.status, info.headers.get('www-authenticate'), token.status];
    }, portal);
    expect(seen).toEqual([200, 401, 'Bearer error="invalid_token"', 401]);
    await page.context().close();
  });
});
