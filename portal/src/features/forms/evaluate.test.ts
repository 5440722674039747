import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import type { Answers, Definition, Json } from './definition';
import { carry, evaluate } from './evaluate';

/** What the evaluator of the platform has said (`crates/checks/src/form_vectors.rs`), a form a line. */
interface Vector {
  form: Definition;
  cases: { given: Answers; shown: string[]; dropped: string[]; found: [string, string][]; answers: Answers }[];
}

const TODAY = 20261129;
const bound = { personName: '王芳', workplace: '清华大学' };

const sorted = (value: Json | undefined): unknown =>
  Array.isArray(value)
    ? value.map(sorted)
    : typeof value === 'object' && value !== null
      ? Object.entries(value)
          .sort(([one], [other]) => (one < other ? -1 : 1))
          .map(([key, inner]) => [key, sorted(inner)])
      : value;

const text = (shown: string[], dropped: string[], found: [string, string][], answers: Answers) =>
  JSON.stringify([shown, dropped, found.map((one) => one.join(' ')).sort(), sorted(answers)]);

async function compare(file: string): Promise<{ cases: number; differences: string[] }> {
  const result = { cases: 0, differences: [] as string[] };
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const { form, cases } = JSON.parse(line) as Vector;
    for (const { given, shown, dropped, found, answers } of cases) {
      const ours = evaluate(form, given, TODAY, bound);
      const expected = text(shown, dropped, found, answers);
      const said = text(
        ours.shown,
        ours.dropped,
        ours.found.map(({ path, code }): [string, string] => [path, code]),
        ours.answers,
      );
      result.cases += 1;
      if (said !== expected && result.differences.length < 5)
        result.differences.push(`${JSON.stringify(form)}\n${JSON.stringify(given)}\n${said}\n${expected}`);
    }
  }
  return result;
}

test('the portal evaluates forms as the platform does', async () => {
  const { cases, differences } = await compare(join(import.meta.dirname, 'vectors.jsonl'));
  expect(differences).toEqual([]);
  expect(cases).toBeGreaterThanOrEqual(100);
});

// `./cast test portal` generates them.
const generated = process.env['CAST_FORM_VECTORS'];
test.runIf(generated)('so it does for 100,000 generated pairs of form and answers', { timeout: 120_000 }, async () => {
  const { cases, differences } = await compare(generated ?? '');
  expect(differences).toEqual([]);
  expect(cases).toBeGreaterThanOrEqual(100_000);
});

test('a new version takes over the answers that fit', () => {
  const form: Definition = {
    pages: [
      {
        sections: [
          {
            fields: [
              { key: 'a', type: 'text', title: { zh: '甲' } },
              { key: 'b', type: 'integer', title: { zh: '乙' } },
            ],
          },
        ],
      },
    ],
  };
  expect(carry(form, { a: ' x ', b: 'no number', gone: 1 })).toEqual({ a: ' x ' });
});
