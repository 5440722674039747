import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, onTestFailed, test } from 'vitest';
import { portal, society, staff } from './people';
import { calm, choose, desktop, go, narrow, openAs, picture, pictures, withBrowser } from './screen';
import { rowsOf } from './workbook';

// The members of a society as a file, by clicks: asked for, made, downloaded, and compared with the list.
describe('exports', () => {
  withBrowser();
  let broken = false;
  beforeEach((context) => {
    context.skip(broken, 'the test before did not come to its end');
    onTestFailed(async () => {
      broken = true;
      await pictures('failed-exports');
    });
  });

  const societyId = async (page: Page) => {
    const answer = await page.request.get(`${portal}/v1/organisations?query=${encodeURIComponent(society)}`);
    const found = (await answer.json()) as { organisations: { organisationId: string }[] };
    return found.organisations[0]!.organisationId;
  };

  const members = async (page: Page, organisationId: string) => {
    type Answer = { memberships: { memberNumber: string; memberName: string }[]; nextPageToken: string };
    const all: Answer['memberships'] = [];
    for (let token: string | undefined = ''; token !== undefined;) {
      const query: string = `pageSize=500${token && `&pageToken=${encodeURIComponent(token)}`}`;
      const answer = await page.request.get(`${portal}/v1/organisations/${organisationId}/memberships?${query}`);
      const read = (await answer.json()) as Answer;
      all.push(...read.memberships);
      token = read.nextPageToken || undefined;
    }
    return all;
  };

  test.each([
    ['desktop', desktop],
    ['phone', narrow],
  ])('members become a workbook that says what the list says: %s', async (name, viewport) => {
    const desk = await openAs(staff.administrator, { viewport });
    const ours = await societyId(desk);
    await go(desk, `/desk/${ours}/members`);
    await desk.getByRole('button', { name: '导出' }).click();
    const dialog = desk.getByRole('dialog');
    await dialog.getByRole('button', { name: '开始导出' }).click();
    await dialog.getByText('请写明用途，至少两个字').waitFor();
    await dialog.getByLabel('入会日期').uncheck();
    await choose(desk, '用途', '统计与报告', dialog);
    await dialog.getByLabel('用途说明').fill('年度会员统计，报秘书处');
    await picture(desk, `exports-ask-${name}`);
    await dialog.getByRole('button', { name: '开始导出' }).click();
    await desk.getByRole('heading', { name: '导出', level: 1 }).waitFor();
    const line = desk.locator('section', { hasText: '会员名单' }).locator('.resource-table tbody tr').first();
    const button = line.getByRole('button', { name: '下载' });
    await button.waitFor({ timeout: 60_000 });
    expect(await line.textContent()).toContain('年度会员统计，报秘书处');
    await picture(desk, `exports-ready-${name}`);
    const [file] = await Promise.all([desk.waitForEvent('download'), button.click()]);
    expect(file.suggestedFilename()).toMatch(/^中国计算机学会-会员名单-\d{8}\.xlsx$/);
    const [titles, ...rows] = rowsOf(readFileSync(await file.path()));
    expect(titles).toEqual(['会员号', '科协号', '姓名', '会员类别', '状态']);
    const listed = await members(desk, ours);
    expect(rows.map(([number, , memberName]) => [number, memberName])).toEqual(
      listed.map(({ memberNumber, memberName }) => [memberNumber, memberName]),
    );
    await desk.getByText('全部导出记录').click();
    await desk.getByText('1 次').first().waitFor();
    await picture(desk, `exports-all-${name}`);
    calm(desk);
    await desk.context().close();
  });
});
