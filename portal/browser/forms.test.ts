import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFailed, test } from 'vitest';
import { portal, staff, stranger } from './people';
import { barriers } from './barriers';
import { png } from './png';
import {
  calm,
  choose,
  expectRefusal,
  go,
  narrow,
  open,
  openAs,
  picture,
  pictures,
  settled,
  signUp,
  withBrowser,
} from './screen';

/** A letter of one empty page. */
const letter = `%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 100 100]>>endobj
3 0 obj<</Type/Page/Parent 2 0 R>>endobj
trailer<</Root 1 0 R/Size 4>>
%%EOF`;

// A society asks a question of its own with another that depends on it; a second person publishes; an applicant answers on a phone; the
// reviewer reads it. In a society of its own: those of other tests ask nothing. Each test goes on where the one before ended.
describe('the form of a society', () => {
  withBrowser();
  /** 中国数学会, whose administrator is in the demo data. */
  const administrator = '+8619900000011';
  const society = '中国数学会';
  const me = stranger();
  let ours = '';
  let applicant: Page;

  let broken = false;
  beforeEach((context) => {
    context.skip(broken, 'the test before did not come to its end');
    onTestFailed(async () => {
      broken = true;
      await pictures('failed-forms');
    });
  });

  const send = async (page: Page, method: 'post' | 'patch', path: string, data: object, etag = '') => {
    const answer = await page.request[method](portal + path, {
      data,
      headers: {
        origin: portal,
        'Idempotency-Key': crypto.randomUUID(),
        ...(etag && { 'If-Match': `"${etag}"` }),
      },
    });
    expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true);
    return (await answer.json()) as Record<string, string>;
  };

  beforeAll(async () => {
    applicant = await open({ viewport: narrow });
    const found = (await (
      await applicant.request.get(`${portal}/v1/organisations?query=${encodeURIComponent(society)}`)
    ).json()) as { organisations: { organisationId: string; acceptsApplications: boolean; etag: string }[] };
    const [first] = found.organisations;
    ours = first!.organisationId;
    if (!first!.acceptsApplications) {
      const desk = await openAs(administrator);
      await send(desk, 'patch', `/v1/organisations/${ours}`, { acceptsApplications: true }, first!.etag);
      await desk.context().close();
    }
    await signUp(applicant.context(), me);
    await send(applicant, 'post', '/v1/me/person:verify', {
      name: me.name,
      residentIdNumber: me.residentId,
      consent: true,
    });
  });

  const draftOf = async (page: Page) =>
    (await (await page.request.get(`${portal}/v1/organisations/${ours}/applicationFormDraft`)).json()) as {
      etag: string;
      exists: boolean;
    };
  afterAll(async () => {
    // Other runs on the same platform begin with a society that asks nothing.
    const [one, other] = [await openAs(administrator), await openAs(staff.headquarters)];
    const { etag } = await draftOf(one);
    const path = `/v1/organisations/${ours}/applicationFormDraft`;
    const saved = await send(one, 'patch', path, { definition: { pages: [] } }, etag);
    await send(other, 'post', `${path}:publish`, { acceptLoss: true }, saved['etag']);
  });

  const addQuestion = async (
    desk: Page,
    button: string,
    title: string,
    kind: string,
    more: (drawer: Page) => Promise<void>,
  ) => {
    await desk.getByRole('button', { name: button }).first().click();
    const drawer = desk.getByRole('dialog', { name: '添加问题' });
    await drawer.getByLabel('问题', { exact: true }).fill(title);
    await choose(desk, '类型', kind, drawer);
    await more(desk);
    await drawer.getByRole('button', { name: '完成' }).click();
    await drawer.waitFor({ state: 'detached' });
  };

  test('staff write it, with a question that depends on another, and try it', async () => {
    const desk = await openAs(administrator);
    await go(desk, `/desk/${ours}/application-form`);
    const { exists } = await draftOf(desk);
    if (exists) throw new Error('a draft of another run is there');
    await addQuestion(desk, '添加第一个问题', '申请人身份', '单选', async (page) => {
      await page.getByLabel('选项').fill('在校学生\n在职人员');
      await page.getByRole('checkbox', { name: '必填' }).check();
    });
    await addQuestion(desk, '添加问题', '就读学校', '单行文字', async (page) => {
      await page.getByRole('checkbox', { name: '必填' }).check();
      await page.getByRole('button', { name: '只在满足条件时显示' }).click();
      await choose(page, '取值', '在校学生');
      await picture(page, 'forms-question', false);
    });
    await addQuestion(desk, '添加问题', '学生证照片', '附件', async (page) => {
      await page.getByRole('checkbox', { name: '必填' }).check();
      await page.getByRole('button', { name: '只在满足条件时显示' }).click();
      await choose(page, '前面的问题', '申请人身份');
      await choose(page, '取值', '在校学生');
    });
    await picture(desk, 'forms-builder');
    expect(await barriers(desk)).toEqual([]);
    await desk.getByRole('button', { name: '保存草稿' }).click();
    await desk.getByText('草稿已保存').waitFor();
    await desk.getByText('请由另一位有权设计表单的同事核对后发布').waitFor();
    expect(await desk.getByRole('button', { name: '发布' }).count()).toBe(0);

    await desk.getByText('试填').click();
    expect(await desk.getByText('就读学校').count()).toBe(0);
    await desk.getByRole('radio', { name: '在校学生' }).check();
    await desk.getByLabel('就读学校').waitFor();
    await desk.getByRole('button', { name: '试着提交' }).click();
    await desk.getByText('还有 2 处需要填写或更正').waitFor();
    // Nothing is sent from a preview.
    await desk
      .locator('input[type="file"]')
      .setInputFiles({ name: '试.png', mimeType: 'image/png', buffer: png(8, 8) });
    await desk.getByText('试.png').waitFor();
    await desk.getByText('还有 1 处需要填写或更正').waitFor();
    await picture(desk, 'forms-preview');
    await desk.setViewportSize(narrow);
    await picture(desk, 'forms-preview-phone');
    calm(desk);
    await desk.context().close();
  });

  test('another person sees what changes and publishes it', async () => {
    const other = await openAs(staff.headquarters, { viewport: narrow });
    await go(other, `/desk/${ours}/application-form`);
    await picture(other, 'forms-builder-phone');
    await other.getByRole('button', { name: '发布' }).click();
    const dialog = other.getByRole('dialog');
    await dialog.getByText('新增“申请人身份”').waitFor();
    await picture(other, 'forms-publish', false);
    await dialog.getByRole('button', { name: '发布' }).click();
    await other.getByText('新版本已发布').waitFor();
    calm(other);
    await other.context().close();
  });

  test('an applicant answers it on a phone', async () => {
    const page = applicant;
    await go(page, `/join/${ours}`);
    await page.getByRole('button', { name: '下一步' }).click();
    await page.getByLabel('工作或学习单位').fill('某大学数学学院');
    await choose(page, '最高学历', '博士');
    await page.getByLabel('专业领域').fill('数论');
    await choose(page, '省（自治区、直辖市）', '北京市');
    await page.getByRole('button', { name: '下一步' }).click();
    await page.getByText('申请人身份').waitFor();
    // Nothing is answered: it is said where.
    await page.getByRole('button', { name: '下一步' }).click();
    await page.getByRole('alert').getByText('请填写此项').first().waitFor();
    await page.getByRole('radio', { name: '在校学生' }).check();
    const file = page.locator('input[type="file"]');
    await file.setInputFiles({ name: '学生证.exe', mimeType: 'application/x-msdownload', buffer: Buffer.from('MZ') });
    await page.getByText('请换一个文件').waitFor();
    // A name says nothing: the platform looks at the content.
    expectRefusal(page, /^400 POST .*:complete$/);
    await file.setInputFiles({ name: '学生证.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
    await page.getByText('此处不接受这种类型的文件').waitFor();
    // Two parts, on a slow network: what is typed meanwhile stays, and the step is not left.
    let arrive = () => {};
    const arrival = new Promise<void>((resolve) => (arrive = resolve));
    const parts = /\/parts\/\d+$/;
    await page.route(parts, async (route) => {
      await arrival;
      await route.continue();
    });
    await file.setInputFiles({ name: '学生证.png', mimeType: 'image/png', buffer: png(800, 800) });
    await page.getByText('正在上传，已完成 0%').waitFor();
    await picture(page, 'forms-sending-phone');
    expect(await page.getByRole('button', { name: '下一步' }).isDisabled()).toBe(true);
    await page.getByLabel('就读学校').fill('某大学');
    arrive();
    await page.getByRole('button', { name: '移除“学生证.png”' }).waitFor();
    await page.unroute(parts);
    expect(await page.getByLabel('就读学校').inputValue()).toBe('某大学');
    await file.setInputFiles({ name: '推荐信.pdf', mimeType: 'application/pdf', buffer: Buffer.from(letter) });
    await page.getByRole('button', { name: '移除“推荐信.pdf”' }).waitFor();
    await file.setInputFiles({ name: '拍错了.png', mimeType: 'image/png', buffer: png(20, 20) });
    await page.getByRole('button', { name: '移除“拍错了.png”' }).click();
    await page.getByText('拍错了.png').waitFor({ state: 'detached' });
    await picture(page, 'forms-filler-phone');
    expect(await barriers(page)).toEqual([]);
    await page.getByRole('button', { name: '保存草稿' }).click();
    await page.getByText('草稿已保存').waitFor();

    // On another device.
    const elsewhere = await page.context().newPage();
    await go(elsewhere, `/join/${ours}?step=3`);
    expect(await elsewhere.getByLabel('就读学校').inputValue()).toBe('某大学');
    await elsewhere.getByText('学生证.png').waitFor();
    await elsewhere.close();

    await page.getByRole('button', { name: '下一步' }).click();
    await page.getByText('请核对').waitFor();
    await page.getByText('在校学生').waitFor();
    await page.getByRole('link', { name: '学生证.png', exact: true }).waitFor();
    await picture(page, 'forms-check-phone');
    await page.getByRole('checkbox').check();
    await page.getByRole('button', { name: '提交申请' }).click();
    await page.getByRole('button', { name: '查看我的申请' }).waitFor();
    calm(page);
  });

  test('the reviewer reads the answers', async () => {
    const desk = await openAs(administrator);
    await go(desk, `/desk/${ours}/review?step=IN_FIRST_REVIEW`);
    await desk.locator('.review-list li').filter({ hasText: me.name }).last().getByRole('button').click();
    await settled(desk);
    const shown = desk.getByRole('article');
    await shown.getByText('补充问题').waitFor();
    await shown.getByText('就读学校').waitFor();
    await shown.getByText('某大学', { exact: true }).waitFor();
    const letterOf = shown.getByRole('link', { name: '推荐信.pdf', exact: true });
    const [saved] = await Promise.all([desk.waitForEvent('download'), letterOf.click()]);
    expect(saved.suggestedFilename()).toBe('推荐信.pdf');
    const link = shown.getByRole('link', { name: '学生证.png', exact: true });
    const [shownFile] = await Promise.all([desk.waitForEvent('popup'), link.click()]);
    await shownFile.locator('img').waitFor();
    await shownFile.close();
    await picture(desk, 'forms-review');
    await desk.setViewportSize(narrow);
    await picture(desk, 'forms-review-phone');
    calm(desk);
    await desk.context().close();
  });
});
