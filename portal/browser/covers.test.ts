import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFailed, test } from 'vitest';
import { barriers } from './barriers';
import { portal, society, staff } from './people';
import { loaded, png } from './png';
import { calm, desktop, go, narrow, open, openAs, picture, pictures, settled, withBrowser } from './screen';

// The cover of an activity: one person uploads and proposes it, another one publishes it, and every visitor sees it. By clicks, at both
// widths; each test goes on where the one before ended.
describe.each(Object.entries({ desktop, phone: narrow }))('the cover of an activity, %s', (width, viewport) => {
  withBrowser();
  const title = `封面演练 ${width} ${Date.now()}`;
  let ours = '';
  let activityId = '';

  let broken = false;
  beforeEach((context) => {
    context.skip(broken, 'the test before did not come to its end');
    onTestFailed(async () => {
      broken = true;
      await pictures(`failed-covers-${width}`);
    });
  });

  const post = async (page: Page, path: string, data: object = {}) => {
    const answer = await page.request.post(portal + path, {
      data,
      headers: { origin: portal, 'Idempotency-Key': crypto.randomUUID() },
    });
    expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true);
    return (await answer.json()) as Record<string, string>;
  };

  beforeAll(async () => {
    const desk = await openAs(staff.activityDesk);
    const found = (await (
      await desk.request.get(`${portal}/v1/organisations?query=${encodeURIComponent(society)}`)
    ).json()) as { organisations: { organisationId: string }[] };
    ours = found.organisations[0]!.organisationId;
    const at = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
    const made = await post(desk, `/v1/organisations/${ours}/activities`, {
      title,
      kind: 'LECTURE',
      startsAt: at(30),
      endsAt: at(30.1),
      place: '线上',
      capacity: 20,
    });
    activityId = made['activityId']!;
    await post(desk, `/v1/activities/${activityId}:publish`);
    await desk.context().close();
  });

  afterAll(async () => {
    if (!activityId) return;
    const desk = await openAs(staff.activityDesk);
    await post(desk, `/v1/activities/${activityId}:cancel`, { reason: '演练结束' });
  });

  const panel = async (page: Page) => {
    await go(page, `/desk/${ours}/activities`);
    const row = page.locator('.resource-table tbody tr').filter({ hasText: title });
    await row.getByRole('button', { name: '封面' }).click();
    return page.getByRole('dialog').first();
  };

  test('is chosen, described and proposed', async () => {
    const page = await openAs(staff.activityDesk, { viewport });
    const drawer = await panel(page);
    const file = drawer.locator('input[type="file"]');
    await file.setInputFiles({ name: '现场.png', mimeType: 'image/png', buffer: png(960, 540) });
    await drawer.getByRole('img', { name: '所选图片预览' }).waitFor();
    await drawer.getByLabel('图片说明（中文）').fill('报告厅里的听众');
    await picture(page, `covers-chosen-${width}`);
    await drawer.getByRole('button', { name: '上传并提交' }).click();
    await drawer.getByText('由您提交，需由另一人发布。').waitFor();
    await loaded(page, '报告厅里的听众');
    expect(await drawer.getByRole('button', { name: '发布', exact: true }).count()).toBe(0);
    await picture(page, `covers-proposed-${width}`);
    expect(await barriers(page)).toEqual([]);
    calm(page);
    await page.context().close();
  });

  test('is published by another person', async () => {
    const page = await openAs(staff.administrator, { viewport });
    const drawer = await panel(page);
    await loaded(page, '报告厅里的听众');
    await drawer.getByRole('button', { name: '发布', exact: true }).click();
    await page
      .getByRole('dialog')
      .filter({ hasText: '发布这张封面？' })
      .getByRole('button', { name: '发布', exact: true })
      .click();
    await drawer.getByText('已发布').waitFor();
    calm(page);
    await page.context().close();
  });

  test('is seen by every visitor', async () => {
    const visitor = await open({ viewport });
    await go(visitor, `/activities/${activityId}`);
    await loaded(visitor, '报告厅里的听众');
    await picture(visitor, `covers-page-${width}`);
    expect(await barriers(visitor)).toEqual([]);
    await go(visitor, '/activities');
    await visitor.getByRole('searchbox').or(visitor.getByRole('textbox')).first().fill(title);
    await visitor.keyboard.press('Enter');
    const card = visitor.getByRole('article').filter({ hasText: title });
    await card.locator('img.cover').waitFor();
    await settled(visitor);
    await picture(visitor, `covers-list-${width}`);
    calm(visitor);
    await visitor.context().close();
  });
});
