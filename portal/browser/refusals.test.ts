import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { portal, staff, stranger } from './people';
import { calm, expectRefusal, go, narrow, open, openAs, picture, settled, signUp, soon, withBrowser } from './screen';

// What the platform refuses, or cannot answer: it is said where it can be mended, in words for people.

/** The scientist of the demo data (seeds/demo-accounts.csv). */
const scientist = '+8619900000001';

/** Local time in Beijing, as a field of day and hour takes it, so many hours from now. */
const at = (hours: number) => new Date(Date.now() + (8 + hours) * 3_600_000).toISOString().slice(0, 16);

describe('refusals', () => {
  withBrowser();

  test('an activity: credit and deadline at their fields, the place changes after publishing, the deadline is taken away', async () => {
    const desk = await openAs(staff.activityDesk, { viewport: narrow });
    await go(desk, '/desk');
    await desk.getByRole('link', { name: '活动管理' }).first().click();
    await desk.waitForURL('**/activities');
    const organisationId = new URL(desk.url()).pathname.split('/')[2]!;
    const title = `程序设计公开课 ${Date.now().toString(36)}`;
    const post = async (page: Page, path: string, data: object = {}) => {
      const answer = await page.request.post(portal + path, {
        data,
        headers: { origin: portal, 'Idempotency-Key': crypto.randomUUID() },
      });
      expect(answer.ok(), await answer.text()).toBe(true);
      return (await answer.json()) as Record<string, string>;
    };
    const { activityId } = await post(desk, `/v1/organisations/${organisationId}/activities`, {
      title,
      kind: 'LECTURE',
      startsAt: `${at(30)}:00+08:00`,
      endsAt: `${at(32)}:00+08:00`,
      registrationClosesAt: `${at(20)}:00+08:00`,
      divisionCode: '110108',
      place: '报告厅',
      capacity: 20,
      creditMinutes: 90,
    });
    await post(desk, `/v1/activities/${activityId}:publish`);
    const guest = await open();
    await signUp(guest.context(), stranger());
    await post(guest, `/v1/activities/${activityId}/registrations`);
    await guest.context().close();

    await desk.reload();
    await settled(desk);
    const row = desk.locator('.resource-table tbody tr').filter({ hasText: title });
    const edit = async () => {
      await row.getByRole('button', { name: '修改' }).click();
      await desk.getByRole('dialog').getByLabel('名额').waitFor();
    };
    const form = desk.getByRole('dialog');
    const field = (label: string) => form.locator('.ant-form-item').filter({ has: desk.getByLabel(label) });
    const save = () => form.getByRole('button', { name: '保存修改' }).click();
    expectRefusal(desk, new RegExp(`^409 PATCH /v1/activities/${activityId}$`));

    await edit();
    await form.getByLabel('结束时间（北京时间）').fill(at(31));
    await save();
    await field('结束时间（北京时间）').getByText('学时或服务时长超过了活动时长').waitFor();
    await picture(desk, 'refusals-activity-credit', false);
    await form.getByLabel('结束时间（北京时间）').fill(at(32));

    await form.getByLabel('报名截止').fill(at(-1));
    await save();
    await field('报名截止').getByText('截止时间早于已有的报名').waitFor();
    await picture(desk, 'refusals-activity-deadline', false);
    expect(await desk.locator('.ant-message-notice').count()).toBe(0);

    await form.getByLabel('报名截止').fill('');
    await form.getByRole('combobox').first().click();
    await desk.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden)').getByText('不选').click();
    await picture(desk, 'refusals-activity-form', false);
    await save();
    await desk.getByText('修改已保存').first().waitFor();
    const held = (await (await desk.request.get(`${portal}/v1/activities/${activityId}`)).json()) as {
      divisionCode: string;
      registrationClosesAt?: string;
    };
    expect(held.registrationClosesAt ?? null).toBeNull();
    expect(held.divisionCode).toBe('');
    calm(desk);
    await desk.context().close();
  });

  test('a security check is told of while it goes on', async () => {
    const page = await open({ viewport: narrow });
    expectRefusal(page, /^429 POST \/v1\/sessions$/);
    let asked = 0;
    await page.route('**/v1/sessions', (route) => {
      if (route.request().method() !== 'POST') return route.continue();
      asked += 1;
      return asked === 1
        ? route.fulfill({
            status: 429,
            contentType: 'application/problem+json',
            // Some seconds of work, or more: the page is looked at meanwhile.
            body: JSON.stringify({
              code: 'PROOF_OF_WORK_REQUIRED',
              proof_of_work: { challenge: 'looked-at', difficulty: 40 },
            }),
          })
        : route.continue();
    });
    await go(page, '/sign-in');
    await page.getByLabel('手机号或邮箱').fill(stranger().address);
    await page.getByLabel('密码', { exact: true }).fill('not-this-one-either');
    await page.getByRole('button', { name: '登录', exact: true }).click();
    await page.getByRole('status').filter({ hasText: '正在进行安全验证…' }).waitFor();
    await page.locator('form').getByRole('button', { name: '正在进行安全验证…' }).waitFor();
    await picture(page, 'refusals-security-check', false);
    calm(page);
    await page.context().close();
  });

  test('sign-on: minors are told why and go back, a request that has ended says so, an older link begins anew', async () => {
    const page = await openAs(scientist, { viewport: narrow });
    const id = '019ad0c8-0000-7000-8000-000000000001';
    const consent = `/consent?authorization=${id}`;
    const asked = {
      authorizationId: id,
      clientName: '示例应用',
      organisationName: '中国计算机学会',
      step: 'CONSENT',
      scopes: ['profile'],
      agreedScopes: ['openid', 'email'],
      loginHint: '',
      uiLocales: [],
    };
    const decisions: string[] = [];
    await page.route(`**/v1/authorizations/${id}`, (route) => route.fulfill({ json: asked }));
    await page.route(`**/v1/authorizations/${id}:decide`, (route) => {
      const { decision } = route.request().postDataJSON() as { decision: string };
      decisions.push(decision);
      if (decision === 'REFUSED') return route.fulfill({ json: { continueAt: `/oauth2/authorize/${id}` } });
      return route.fulfill({
        status: 403,
        contentType: 'application/problem+json',
        body: JSON.stringify({
          code: 'MINOR_AT_THIRD_PARTY',
          title: '未满 18 周岁，不能用本平台账号登录其他网站',
          detail: '我们没有向该网站提供任何信息。您仍可使用本平台的各项服务。',
        }),
      });
    });
    await page.route(`**/oauth2/authorize/${id}`, (route) =>
      route.fulfill({ status: 303, headers: { location: '/accessibility?error=access_denied' } }),
    );
    expectRefusal(page, new RegExp(`^403 POST /v1/authorizations/${id}:decide$`));
    await go(page, consent);
    await page.getByRole('heading', { name: '允许“示例应用”使用您的账号登录？' }).waitFor();
    // What was agreed to before is told apart, and the note is true of all of it.
    await page.getByText('您以前已同意它获得：').waitFor();
    await page.getByText('您的邮箱').waitFor();
    await page.getByText('它不会得到您的身份证号码。', { exact: true }).waitFor();
    await picture(page, 'refusals-consent', false);
    await page.getByRole('button', { name: '同意并继续' }).click();
    await page.getByRole('heading', { name: '未满 18 周岁，不能用本平台账号登录其他网站' }).waitFor();
    await picture(page, 'refusals-minor', false);
    await page.getByRole('button', { name: '返回该网站' }).click();
    await page.waitForURL('**/accessibility?error=access_denied');
    expect(decisions).toEqual(['CONSENT_GIVEN', 'REFUSED']);

    await page.unroute(`**/v1/authorizations/${id}`);
    expectRefusal(page, new RegExp(`^404 GET /v1/authorizations/${id}$`));
    for (const at of [consent, `/sign-in?authorization=${id}`]) {
      await go(page, at);
      await page.getByRole('heading', { name: '这次登录请求已结束' }).waitFor();
    }
    await picture(page, 'refusals-ended', false);

    await page.route('**/oauth2/authorize?client_id=a', (route) =>
      route.fulfill({ status: 303, headers: { location: '/accessibility?began=anew' } }),
    );
    await page.goto(`${portal}/consent?client_id=a`);
    await page.waitForURL('**/accessibility?began=anew');
    calm(page);
    await page.context().close();
  });

  test('what stands before the platform answers in its place: no word of it reaches people', async () => {
    const page = await openAs(scientist, { viewport: narrow });
    await page.clock.install();
    const problem = (code: string, title: string, detail: string) =>
      JSON.stringify({ code, title, detail, trace_id: '0af7651916cd43dd8448eb211c80319c' });
    const answers: [number, string, string][] = [
      [502, 'text/html', '<html><h1>502 Bad Gateway</h1></html>'],
      [503, 'text/plain', 'upstream connect error'],
      [504, 'text/html', '<html><h1>504 Gateway Time-out</h1></html>'],
      [504, 'application/problem+json', problem('DEADLINE_EXCEEDED', '处理超时', '请使用相同的幂等键重新发送。')],
      [503, 'application/problem+json', problem('TOO_MANY_CONNECTIONS', '连接数过多', '程序请复用已有连接。')],
    ];
    expectRefusal(page, /^50[234] /);
    for (const [index, [status, contentType, body]] of answers.entries()) {
      await page.route('**/v1/**', (route) =>
        new URL(route.request().url()).pathname === '/v1/me'
          ? route.continue()
          : route.fulfill({ status, contentType, body }),
      );
      for (const path of [
        ['/organisations', '/activities', '/me/person', '/me/memberships', '/me/hours'][index]!,
        '/me/wards',
      ]) {
        await page.goto(portal + path);
        // Reading is tried again, each time a while later, before it is given up.
        await soon(page, () => page.locator('.failure').first().isVisible());
        await settled(page);
        const text = await page.locator('body').innerText();
        expect(text, `${status} ${path}`).not.toMatch(/Gateway|upstream|幂等|程序请|系统对接|html/i);
        if (path === '/me/wards' && index > 2) await picture(page, `refusals-${status}-${index}`, false);
      }
      await page.unroute('**/v1/**');
    }
    calm(page);
    await page.context().close();
  });

  test('without a network what was typed stays, and it is said what to do', async () => {
    const page = await openAs(scientist, { viewport: narrow });
    await go(page, '/me/wards');
    // What shows messages was not loaded before, and cannot be now.
    expectRefusal(page, /^net::ERR_(INTERNET_DISCONNECTED|FAILED) /);
    await page.context().setOffline(true);
    await page.getByLabel('确认码', { exact: true }).fill('7KQM-2XRT-9BHD');
    await page.getByRole('button', { name: '下一步' }).click();
    await page.getByText('连接不上服务器').first().waitFor();
    expect(await page.getByLabel('确认码', { exact: true }).inputValue()).toBe('7KQM-2XRT-9BHD');
    await picture(page, 'refusals-offline', false);
    calm(page);
    await page.context().close();
  });
});
