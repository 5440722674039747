import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import i18next from 'i18next';
import { beforeAll, expect, test } from 'vitest';
import app from './locales/zh/app.json';
import en from './locales/en/app.json';
import { Problem } from '../api/problem';

/** Every reason that the platform gives, with its words. */
const contract = join(import.meta.dirname, '../../../proto/cast');
const catalogues = readdirSync(contract, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('reasons.toml'))
  .map((file) => readFileSync(join(contract, file), 'utf8'));

interface Reason {
  code: string;
  status: number;
  words: Record<'zh' | 'en', { title: string; advice: string }>;
}

const text = (quoted: string | undefined): string => JSON.parse(quoted ?? '""') as string;

function reasonsOf(catalogue: string): Reason[] {
  return catalogue
    .split(/^(?=\[[A-Z_]+\]$)/m)
    .filter((part) => part.startsWith('['))
    .map((part) => {
      const said = (language: string) => {
        const found = new RegExp(
          `^${language} = \\{ title = ("(?:[^"\\\\]|\\\\.)*"), advice = ("(?:[^"\\\\]|\\\\.)*") \\}`,
          'm',
        ).exec(part);
        return { title: text(found?.[1]), advice: text(found?.[2]) };
      };
      return {
        code: /^\[([A-Z_]+)\]/.exec(part)?.[1] ?? '',
        status: Number(/^http = (\d+)/m.exec(part)?.[1]),
        words: { zh: said('zh'), en: said('en') },
      };
    });
}

const reasons = catalogues.flatMap(reasonsOf);

beforeAll(() =>
  i18next.init({ lng: 'zh', ns: ['app'], defaultNS: 'app', resources: { zh: { app }, en: { app: en } } }),
);

test('the catalogues are read', () => {
  expect(reasons.length).toBeGreaterThan(60);
  expect(reasons.filter(({ words }) => !words.zh.title || !words.en.advice)).toEqual([]);
});

/** What only those understand who program against the platform. */
const technical =
  /系统对接|程序对接|程序请|令牌|幂等|接口文档|请求体|请求方法| 头|JSON|HTTP|SHA|X-[A-Z]|\b(header|body|schema|idempotency|token|[Pp]rograms)\b/;

test.each(reasons)('$code is said to people', async ({ code, status, words }) => {
  for (const language of ['zh', 'en'] as const) {
    await i18next.changeLanguage(language);
    const { title, advice } = words[language];
    const problem = await Problem.of(Response.json({ code, title, detail: advice }, { status }));
    expect(`${problem.title} ${problem.detail}`).not.toMatch(technical);
  }
});
