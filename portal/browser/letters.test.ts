import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, onTestFailed, test } from 'vitest';
import { portal, society, staff, stranger } from './people';
import { calm, desktop, go, narrow, open, openAs, picture, pictures, settled, signUp, withBrowser } from './screen';

// A society writes to its members: a draft, a trial to oneself, the letter to all; a member reads it and wants no more. At both widths.
describe.each([
  { name: 'desktop', viewport: desktop },
  { name: 'phone', viewport: narrow },
])('letters, $name', ({ name, viewport }) => {
  withBrowser();
  beforeEach(() => {
    onTestFailed(() => pictures(`failed-letters-${name}`));
  });

  const post = async (page: Page, path: string, data: object = {}) => {
    const answer = await page.request.post(portal + path, {
      data,
      headers: { origin: portal, 'Idempotency-Key': crypto.randomUUID() },
    });
    expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true);
    return (await answer.json()) as Record<string, string>;
  };

  /** Makes a person a member of the society, without the screens that other tests are about. */
  const join = async (page: Page) => {
    const me = stranger();
    await signUp(page.context(), me);
    await post(page, '/v1/me/person:verify', { name: me.name, residentIdNumber: me.residentId, consent: true });
    const found = (await (
      await page.request.get(`${portal}/v1/organisations?query=${encodeURIComponent(society)}`)
    ).json()) as { organisations: { organisationId: string }[] };
    const ours = found.organisations[0]!.organisationId;
    const { applicationId } = await post(page, `/v1/organisations/${ours}/applications`, {
      category: 'ORDINARY',
      form: { employer: '某大学计算机学院', education: 'DOCTOR', researchField: '数据库系统', divisionCode: '110108' },
    });
    await post(page, `/v1/applications/${applicationId}:submit`, { consent: true });
    for (const [who, step] of [
      [staff.reviewer, 'passFirstReview'],
      [staff.approver, 'approve'],
    ] as const) {
      const desk = await openAs(who);
      await post(desk, `/v1/applications/${applicationId}:${step}`);
      await desk.context().close();
    }
    return ours;
  };

  test('is written, tried, sent and read, and no more are wanted', async () => {
    const member = await open({ viewport });
    const ours = await join(member);
    const title = `关于召开会员大会的通知（${name}）`;

    const desk = await openAs(staff.administrator, { viewport });
    await go(desk, `/desk/${ours}/review`);
    await desk.getByRole('navigation', { name: '学会工作台' }).getByRole('link', { name: '给会员写信' }).click();
    await settled(desk);
    await desk.getByRole('button', { name: '写信' }).click();
    const form = desk.getByRole('dialog');
    await form.getByRole('button', { name: '保存草稿' }).click();
    await form.getByText('请填写标题').waitFor();
    await form.getByLabel('普通会员').check();
    await form.getByLabel('标题').fill(title);
    await form
      .getByLabel('正文')
      .fill('各位会员：\n会员大会定于十二月召开，议程见 https://www.ccf.org.cn/ ，请安排时间参加。');
    await picture(desk, `letters-write-${name}`, false);
    await form.getByRole('button', { name: '保存草稿' }).click();
    const letter = desk.getByRole('article', { name: '收信人看到的样子' });
    await letter.getByRole('heading', { name: title }).waitFor();
    await picture(desk, `letters-draft-${name}`, false);
    await desk.getByRole('button', { name: '先发给自己看看' }).click();
    await desk.getByText('已发到您的通知里').waitFor();
    await desk.getByRole('button', { name: '发送', exact: true }).click();
    await desk.getByRole('button', { name: '确认发送' }).click();
    await desk.getByText('信件正在发送').waitFor();
    await desk.getByText(/已送达 [1-9]\d* 人/).waitFor({ timeout: 30_000 });
    await picture(desk, `letters-sent-${name}`, false);
    calm(desk);
    await desk.context().close();

    // The member learns of it on whatever page is open.
    await go(member, '/me');
    await member.locator('.inbox-bell').click();
    await settled(member);
    await member.getByRole('link', { name: '您所在的组织来信' }).first().click();
    await member.getByRole('heading', { name: title, level: 1 }).waitFor();
    expect(await member.getByRole('link', { name: 'https://www.ccf.org.cn/' }).getAttribute('rel')).toContain(
      'noopener',
    );
    await picture(member, `letters-read-${name}`);
    await member.getByRole('button', { name: '不再提醒' }).click();
    await member.getByText('今后该组织来信时不再提醒您').waitFor();
    await member.getByRole('button', { name: '恢复提醒' }).waitFor();
    await member.getByRole('main').getByRole('link', { name: '来信', exact: true }).click();
    await settled(member);
    await member.getByRole('link', { name: title }).waitFor();
    await picture(member, `letters-list-${name}`);
    calm(member);
    await member.context().close();
  });
});
