import type { Page } from 'playwright-core';
import { beforeAll, beforeEach, describe, expect, onTestFailed, test, vi } from 'vitest';
import { barriers } from './barriers';
import { portal, staff, stranger } from './people';
import { calm, choose, desktop, go, narrow, newcomer, openAs, picture, pictures, withBrowser } from './screen';

// A society sets up a route for applications and one for activities: drafted by one administrator, published by another; an application and
// an activity walk them. By clicks, at both widths, each in a society of its own; each test goes on where the one before ended.

const sizes = {
  desktop: { viewport: desktop, society: '中国天文学会' },
  phone: { viewport: narrow, society: '中国气象学会' },
};

describe.each(Object.entries(sizes))('approval routes, %s', (width, { viewport, society }) => {
  withBrowser();
  let ours = '';
  let one: Page;
  let other: Page;
  let applicant: Page;
  const me = stranger();

  let broken = false;
  beforeEach((context) => {
    context.skip(broken, 'the test before did not come to its end');
    onTestFailed(async () => {
      broken = true;
      await pictures(`failed-approvals-${width}`);
    });
  });

  const send = async (page: Page, method: 'post' | 'patch', path: string, data: object, etag = '') => {
    const answer = await page.request[method](portal + path, {
      data,
      headers: { origin: portal, 'Idempotency-Key': crypto.randomUUID(), ...(etag && { 'If-Match': `"${etag}"` }) },
    });
    expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true);
    return (await answer.json()) as Record<string, string>;
  };
  const read = async (page: Page, path: string) => {
    const answer = await page.request.get(portal + path);
    expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true);
    return (await answer.json()) as Record<string, string>;
  };

  beforeAll(async () => {
    applicant = await newcomer(me, { viewport });
    const found = (await (
      await applicant.request.get(`${portal}/v1/organisations?query=${encodeURIComponent(society)}`)
    ).json()) as { organisations: { organisationId: string; acceptsApplications: boolean; etag: string }[] };
    const [first] = found.organisations;
    ours = first!.organisationId;
    const system = await openAs(staff.system);
    if (!first!.acceptsApplications)
      await send(system, 'patch', `/v1/organisations/${ours}`, { acceptsApplications: true }, first!.etag);
    await system.context().close();
    const security = await openAs(staff.security);
    [one, other] = [await newcomer(stranger(), { viewport }), await newcomer(stranger(), { viewport })];
    for (const page of [one, other]) {
      const { personNumber } = await read(page, '/v1/me/person');
      await send(security, 'post', `/v1/organisations/${ours}/grants`, {
        role: 'organisation.administrator',
        personNumber: personNumber!,
      });
      // The services hear of it from the log.
      await vi.waitFor(
        async () => {
          for (const path of ['applicationRoute', 'contentRoute'])
            await read(page, `/v1/organisations/${ours}/${path}`);
        },
        { timeout: 10_000 },
      );
    }
    await security.context().close();
  });

  const addStep = async (page: Page, title: string, fill: (drawer: ReturnType<Page['getByRole']>) => Promise<void>) => {
    await page.getByRole('button', { name: '添加步骤' }).click();
    const drawer = page.getByRole('dialog', { name: '流程步骤' });
    await drawer.getByLabel('步骤名称').fill(title);
    await fill(drawer);
    await picture(page, `approvals-step-${width}`, false);
    await drawer.getByRole('button', { name: '确定' }).click();
    await drawer.waitFor({ state: 'detached' });
  };

  test('a route is drafted, and it is said which step lacks people', async () => {
    await go(one, `/desk/${ours}/approval-routes`);
    await one.getByText('目前使用默认流程').waitFor();
    await addStep(one, '部门初审', async () => {});
    await addStep(one, '会审', async (drawer) => {
      await choose(one, '权限', '终审入会申请', drawer);
      await drawer.getByRole('radio', { name: '至少几人通过' }).check();
      await drawer.getByLabel('至少人数').fill('2');
    });
    await one.getByRole('button', { name: '保存草稿' }).click();
    await one.getByText('草稿已保存', { exact: true }).waitFor();
    await one.getByText('除去其他步骤的审批人后只有 1 人').waitFor();
    await one.getByText('请由另一位管理员核对后发布').waitFor();
    await picture(one, `approvals-lacks-${width}`);
    // Buttons that have just changed their state fade.
    await expect.poll(() => barriers(one)).toEqual([]);
    // One is enough.
    await one.getByRole('button', { name: '修改步骤“会审”' }).click();
    const drawer = one.getByRole('dialog', { name: '流程步骤' });
    await drawer.getByRole('radio', { name: '任一人通过' }).check();
    await drawer.getByRole('button', { name: '确定' }).click();
    await drawer.waitFor({ state: 'detached' });
    await one.getByRole('button', { name: '保存草稿' }).click();
    await one.getByText('除去其他步骤的审批人后').waitFor({ state: 'detached' });
    expect(await one.getByRole('button', { name: '发布', exact: true }).count()).toBe(0);
    calm(one);
  });

  test('another administrator publishes it', async () => {
    await go(other, `/desk/${ours}/approval-routes`);
    await other.getByRole('button', { name: '发布', exact: true }).click();
    await other.getByRole('dialog').getByRole('button', { name: '发布', exact: true }).click();
    await other.getByText('正在使用第 1 版流程').waitFor();
    await picture(other, `approvals-published-${width}`);
    calm(other);
  });

  test('an applicant sees the way and the day, and two people decide', async () => {
    const { applicationId } = await send(applicant, 'post', `/v1/organisations/${ours}/applications`, {
      category: 'ORDINARY',
      form: { employer: '某大学', education: 'DOCTOR', researchField: '观测', divisionCode: '110108' },
    });
    await send(applicant, 'post', `/v1/applications/${applicationId}:submit`, { consent: true });
    await go(applicant, '/me/applications');
    await applicant.getByText('当前为第 1 步，共 2 步。').waitFor();
    await applicant.getByText('部门初审').waitFor();
    await picture(applicant, `approvals-mine-${width}`);
    // Buttons that have just changed their state fade.
    await expect.poll(() => barriers(applicant)).toEqual([]);

    await go(one, `/desk/${ours}/review`);
    await one.getByText(me.name).first().click();
    await one.getByRole('button', { name: /通过这一步/ }).waitFor();
    await picture(one, `approvals-desk-${width}`);
    await one.getByRole('button', { name: /通过这一步/ }).click();
    await vi.waitFor(
      async () => {
        const { state } = await read(one, `/v1/applications/${applicationId}`);
        expect(state).toBe('IN_FINAL_REVIEW');
      },
      { timeout: 10_000 },
    );
    // The same person does not let the last step pass, but could return it.
    await go(one, `/desk/${ours}/review?step=IN_FINAL_REVIEW`);
    await one.getByText(me.name).first().click();
    await one.getByText('不能通过这一步').waitFor();
    await one.getByRole('button', { name: /退回修改/ }).waitFor();
    expect(await one.getByRole('button', { name: /批准入会/ }).count()).toBe(0);
    calm(one);

    await go(other, `/desk/${ours}/review?step=IN_FINAL_REVIEW`);
    await other.getByText(me.name).first().click();
    await other.getByRole('button', { name: /批准入会/ }).click();
    await other.getByRole('dialog').getByRole('button', { name: '批准入会' }).last().click();
    await vi.waitFor(
      async () => {
        const { state } = await read(other, `/v1/applications/${applicationId}`);
        expect(state).toBe('APPROVED');
      },
      { timeout: 10_000 },
    );
    calm(other);
    await go(applicant, '/me/applications');
    await applicant.getByText('已通过').first().waitFor();
    calm(applicant);
  });

  test('activities are reviewed before they are published', async () => {
    await go(one, `/desk/${ours}/approval-routes`);
    await one.getByText('活动审核', { exact: true }).last().click();
    await one.getByText('目前未设置活动审核流程').waitFor();
    await addStep(one, '内容审核', async () => {});
    await one.getByRole('button', { name: '保存草稿' }).click();
    await one.getByText('草稿已保存', { exact: true }).waitFor();
    await go(other, `/desk/${ours}/approval-routes`);
    await other.getByText('活动审核', { exact: true }).last().click();
    await other.getByRole('button', { name: '发布', exact: true }).click();
    await other.getByRole('dialog').getByRole('button', { name: '发布', exact: true }).click();
    await other.getByText('正在使用第 1 版流程').waitFor();

    const begins = new Date(Date.now() + 5 * 86_400_000);
    await send(one, 'post', `/v1/organisations/${ours}/activities`, {
      title: '冬季星空观测报告会',
      kind: 'LECTURE',
      startsAt: begins.toISOString(),
      endsAt: new Date(begins.getTime() + 7_200_000).toISOString(),
      place: '一号报告厅',
      capacity: 50,
      creditMinutes: 60,
    });
    await go(one, `/desk/${ours}/activities`);
    await one.getByRole('button', { name: '提交审核' }).click();
    await one.getByRole('dialog').getByRole('button', { name: '提交审核' }).click();
    await one.getByText('审核中（第 1 步，共 1 步）').waitFor();
    await one.getByRole('button', { name: '审核进度' }).click();
    await one.getByRole('dialog').getByText('内容审核').waitFor();
    await picture(one, `approvals-activity-${width}`, false);
    calm(one);

    // Who prepared it does not decide; another one returns it, and lets it pass when it comes again.
    await go(one, `/desk/${ours}/content-review`);
    await one.getByText('当前步骤由其他人员审核').waitFor();
    calm(one);
    await go(other, `/desk/${ours}/content-review`);
    await other.getByRole('button', { name: '退回修改' }).click();
    const dialog = other.getByRole('dialog');
    await dialog.getByLabel('理由').fill('请写明主讲人。');
    await dialog.getByRole('button', { name: '退回修改' }).click();
    await other.getByText('没有等待审核的活动').waitFor();
    await go(one, `/desk/${ours}/activities`);
    await one.getByText('退回修改').first().waitFor();
    await one.getByRole('button', { name: '重新提交审核' }).click();
    await one.getByRole('dialog').getByRole('button', { name: '提交审核' }).click();
    await one.getByText('审核中（第 1 步，共 1 步）').waitFor();
    await go(other, `/desk/${ours}/content-review`);
    await other.getByRole('button', { name: '通过', exact: true }).waitFor();
    await picture(other, `approvals-queue-${width}`);
    // Buttons that have just changed their state fade.
    await expect.poll(() => barriers(other)).toEqual([]);
    await other.getByRole('button', { name: '通过', exact: true }).click();
    await other.getByRole('dialog').getByRole('button', { name: '通过', exact: true }).click();
    await other.getByText('没有等待审核的活动').waitFor();
    calm(other);
    await go(one, `/desk/${ours}/activities`);
    await one.getByText('已发布').first().waitFor();
    calm(one);
  });

  test('a colleague stands in for some days', async () => {
    await go(one, `/desk/${ours}/approval-routes`);
    await one.getByRole('button', { name: '设置代理' }).click();
    const drawer = one.getByRole('dialog', { name: '设置代理' });
    // What is missing is said.
    await drawer.getByRole('button', { name: '设置代理' }).click();
    await drawer.getByText('请选择一人').first().waitFor();
    const [mine, theirs] = await Promise.all(
      [one, other].map(async (page) => (await read(page, '/v1/me/person'))['personNumber']!),
    );
    await choose(one, '委托人（科协号）', mine!, drawer);
    await choose(one, '代理人（科协号）', theirs!, drawer);
    const day = (ahead: number) => new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10);
    await drawer.getByLabel('开始日期').fill(day(1));
    await drawer.getByLabel('结束日期').fill(day(8));
    await picture(one, `approvals-stand-in-${width}`, false);
    await drawer.getByRole('button', { name: '设置代理' }).click();
    await one.getByText(`${theirs} 代理 ${mine}`).waitFor();
    await picture(one, `approvals-stand-ins-${width}`);
    await one.getByRole('button', { name: '结束代理' }).click();
    await one.getByRole('dialog').getByRole('button', { name: '结束代理' }).click();
    await one.getByText(`${theirs} 代理 ${mine}`).waitFor({ state: 'detached' });
    calm(one);
    for (const page of [one, other, applicant]) await page.context().close();
  });
});
