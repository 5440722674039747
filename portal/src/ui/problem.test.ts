import i18next from 'i18next';
import { beforeAll, expect, test } from 'vitest';
import app from './locales/zh/app.json';
import { Problem } from '../api/problem';

beforeAll(() => i18next.init({ lng: 'zh', ns: ['app'], resources: { zh: { app } } }));

const refused = (status: number, code: string, title: string, detail: string) =>
  Problem.of(Response.json({ code, title, detail, trace_id: 't' }, { status }));

test.each([
  [401, 'UNAUTHENTICATED', '请登录后再试；系统对接请携带有效的访问令牌。'],
  [403, 'PERMISSION_DENIED', '请向所在组织的管理员申请相应权限（members.read）。'],
  [400, 'MALFORMED_REQUEST', '请按接口文档的格式重新发送，详情中说明了无法识别之处。'],
  [504, 'DEADLINE_EXCEEDED', '请求可能仍会生效，请使用相同的幂等键重新发送。'],
  [415, 'UNSUPPORTED_MEDIA_TYPE', '请使用 Content-Type: application/json 发送。'],
])('%d %s is said to a person', async (status, code, detail) => {
  const problem = await refused(status, code, '标题', detail);
  expect(problem.code).toBe(code);
  expect(problem.traceId).toBe('t');
  expect(problem.title).not.toBe('标题');
  expect(problem.detail).toMatch(/[。；]$/);
  expect(problem.detail).not.toMatch(/接口|令牌|幂等|Content|[a-z]+\.[a-z]+/);
});

test.each([502, 503, 504, 500])('a page of a proxy with %d is no sentence', async (status) => {
  const problem = await Problem.of(new Response('<html>Bad Gateway</html>', { status, statusText: 'Bad Gateway' }));
  expect(problem.title).toBe('服务暂时不可用');
  expect(problem.detail).toContain('请稍后再试');
});

test('what the platform says to people stays as it is', async () => {
  const problem = await refused(409, 'ALREADY_MEMBER', '您已经是会员', '可在会员证中查看。');
  expect([problem.title, problem.detail]).toEqual(['您已经是会员', '可在会员证中查看。']);
});

test('no answer at all is said, with what to do', () => {
  expect(Problem.unreachable().title).toBe('连接不上服务器');
  expect(Problem.unreachable().detail).toContain('检查网络');
});
