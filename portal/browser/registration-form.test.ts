import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFailed, test } from 'vitest';
import { portal, society, staff, stranger } from './people';
import { barriers } from './barriers';
import { png } from './png';
import {
  calm,
  choose,
  desktop,
  expectRefusal,
  go,
  narrow,
  open,
  openAs,
  picture,
  pictures,
  signUp,
  withBrowser,
} from './screen';

// An activity asks something: its organiser designs the form, a second person publishes it, a person fills it in on a phone while
// registering, the organiser reads it. Each test goes on where the one before ended.
describe('the registration form of an activity', () => {
  withBrowser();
  const me = stranger();
  const title = `报名表演练 ${Date.now()}`;
  let ours = '';
  let activityId = '';
  let registrant: Page;
  let published = false;

  let broken = false;
  beforeEach((context) => {
    context.skip(broken, 'the test before did not come to its end');
    onTestFailed(async () => {
      broken = true;
      await pictures('failed-registration-form');
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
      startsAt: at(20),
      endsAt: at(20.1),
      divisionCode: '110108',
      place: '演练报告厅',
      capacity: 20,
    });
    activityId = made['activityId']!;
    await desk.context().close();
    registrant = await open({ viewport: narrow });
    await signUp(registrant.context(), me);
    await post(registrant, '/v1/me/person:verify', {
      name: me.name,
      residentIdNumber: me.residentId,
      consent: true,
    });
  });

  afterAll(async () => {
    // A draft is seen by no one else.
    if (!published) return;
    const desk = await openAs(staff.activityDesk);
    await post(desk, `/v1/activities/${activityId}:cancel`, { reason: '演练结束' });
  });

  const rowOf = (desk: Page) => desk.locator('.resource-table tbody tr').filter({ hasText: title });

  const addQuestion = async (
    desk: Page,
    button: string,
    question: string,
    kind: string,
    more: (page: Page) => Promise<void>,
  ) => {
    await desk.getByRole('button', { name: button }).first().click();
    const drawer = desk.getByRole('dialog', { name: '添加问题' });
    await drawer.getByLabel('问题', { exact: true }).fill(question);
    await choose(desk, '类型', kind, drawer);
    await more(desk);
    await drawer.getByRole('button', { name: '完成' }).click();
    await drawer.waitFor({ state: 'detached' });
  };

  test('its organiser designs it', async () => {
    const desk = await openAs(staff.activityDesk, { viewport: desktop });
    await go(desk, `/desk/${ours}/activities`);
    await rowOf(desk).getByRole('link', { name: '报名表', exact: true }).click();
    await desk.getByRole('heading', { name: title }).waitFor();
    await desk.getByText('还没有发布过，报名者不用填写。').waitFor();
    await addQuestion(desk, '添加第一个问题', '是否用餐', '单选', async (page) => {
      await page.getByLabel('选项').fill('用餐\n不用餐');
      await page.getByRole('checkbox', { name: '必填' }).check();
      await page.getByRole('checkbox', { name: '可列入名单' }).check();
    });
    await addQuestion(desk, '添加问题', '忌口', '单行文字', async (page) => {
      await page.getByRole('checkbox', { name: '必填' }).check();
      await page.getByRole('button', { name: '只在满足条件时显示' }).click();
      await choose(page, '取值', '用餐');
    });
    await addQuestion(desk, '添加问题', '海报', '附件', async () => {});
    await desk.getByRole('button', { name: '保存草稿' }).click();
    await desk.getByText('草稿已保存').waitFor();
    await desk.getByText('请由另一位有权设计表单的同事核对后发布').waitFor();
    await picture(desk, 'registration-form-builder');
    expect(await barriers(desk)).toEqual([]);
    await desk.setViewportSize(narrow);
    await picture(desk, 'registration-form-builder-phone');

    // Its activity waits for the form.
    await desk.setViewportSize(desktop);
    await desk.getByRole('link', { name: '返回活动列表' }).click();
    expectRefusal(desk, new RegExp(`^409 POST /v1/activities/${activityId}:publish$`));
    await rowOf(desk).getByRole('button', { name: '发布' }).click();
    await desk.getByRole('dialog').getByRole('button', { name: '发布' }).click();
    await desk.getByText('报名表草稿尚未发布').first().waitFor();
    calm(desk);
    await desk.context().close();
  });

  test('a second person publishes it, and then the activity', async () => {
    const other = await openAs(staff.administrator, { viewport: narrow });
    await go(other, `/desk/${ours}/activities/${activityId}/form`);
    await other.getByRole('button', { name: '发布' }).click();
    const dialog = other.getByRole('dialog');
    await dialog.getByText('新增“是否用餐”').waitFor();
    await picture(other, 'registration-form-publish', false);
    await dialog.getByRole('button', { name: '发布' }).click();
    await other.getByText('新版本已发布').waitFor();
    calm(other);
    await post(other, `/v1/activities/${activityId}:publish`);
    published = true;
    await other.context().close();
  });

  test('a person answers it on a phone and has a seat', async () => {
    const page = registrant;
    await go(page, `/activities/${activityId}`);
    await page.getByRole('link', { name: '填写报名表' }).click();
    await page.getByRole('heading', { name: `报名：${title}` }).waitFor();
    await page.getByRole('button', { name: '提交并报名' }).click();
    await page.getByRole('alert').getByText('请填写此项').first().waitFor();
    await page.getByRole('radio', { name: '用餐', exact: true }).check();
    await page.getByLabel('忌口').fill('花生');
    await picture(page, 'registration-form-filler-phone');
    expect(await barriers(page)).toEqual([]);
    await page.setViewportSize(desktop);
    await picture(page, 'registration-form-filler');
    await page.setViewportSize(narrow);
    // What was typed is still there when the page is opened again.
    await page.reload();
    expect(await page.getByLabel('忌口').inputValue()).toBe('花生');
    const file = page.locator('input[type="file"]');
    await file.setInputFiles({ name: '海报.png', mimeType: 'image/png', buffer: png(400, 400) });
    await page.getByRole('button', { name: '移除“海报.png”' }).waitFor();
    await page.getByRole('button', { name: '提交并报名' }).click();
    await page.waitForURL('**/me/activities/*');
    await page.getByText('我填写的报名信息').click();
    await page.getByText('花生').waitFor();
    await page.getByRole('link', { name: '海报.png', exact: true }).waitFor();
    await picture(page, 'registration-form-ticket-phone');
    expect(await barriers(page)).toEqual([]);
    calm(page);
  });

  test('the person changes the answers', async () => {
    const page = registrant;
    await page.getByRole('link', { name: '修改报名信息' }).click();
    await page.getByRole('heading', { name: '修改报名信息' }).waitFor();
    expect(await page.getByLabel('忌口').inputValue()).toBe('花生');
    await page.getByLabel('忌口').fill('花生和虾');
    await picture(page, 'registration-form-change-phone');
    expect(await barriers(page)).toEqual([]);
    await page.getByRole('button', { name: '保存修改' }).click();
    await page.getByText('报名信息已更新').waitFor();
    await page.getByText('我填写的报名信息').click();
    await page.getByText('花生和虾').waitFor();
    await page.getByText('最近修改：').waitFor();
    calm(page);
  });

  test('the organiser reads the answers', async () => {
    const desk = await openAs(staff.activityDesk, { viewport: desktop });
    await go(desk, `/desk/${ours}/activities`);
    await rowOf(desk).getByRole('button', { name: '报名名单' }).click();
    const list = desk.getByRole('dialog').first();
    await list.getByText(me.name).waitFor();
    await list.getByText('填写内容修改于').waitFor();
    await choose(desk, '按填写内容筛选', '是否用餐', list);
    await choose(desk, '填写的内容', '不用餐', list);
    await list.getByText('没有符合筛选条件的报名').waitFor();
    await picture(desk, 'registration-form-filtered', false);
    await list.getByRole('button', { name: '取消筛选“是否用餐：不用餐”' }).click();
    await list.getByText(me.name).waitFor();
    await list.getByRole('button', { name: '填写内容' }).click();
    const drawer = desk.getByRole('dialog', { name: `${me.name} 填写的内容` });
    await drawer.getByText('花生和虾').waitFor();
    await drawer.getByRole('link', { name: '海报.png', exact: true }).waitFor();
    await picture(desk, 'registration-form-answers', false);
    expect(await barriers(desk)).toEqual([]);
    await desk.setViewportSize(narrow);
    await picture(desk, 'registration-form-answers-phone', false);
    calm(desk);
    await desk.context().close();
  });
});
