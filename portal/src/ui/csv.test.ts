import { expect, test } from 'vitest';
import { csv } from './csv';

test('commas, quotes and lines stay inside their cell', () => {
  expect(csv([['a,b', 'say "so"', 'two\nlines', 3]])).toBe('\uFEFF"a,b","say ""so""","two\nlines",3\r\n');
});

test('a name that begins like a formula is no formula, a negative number stays a number', () => {
  for (const evil of ['＝SUM(A1)', '＋1', '－1', '＠x', ' =1', '\u3000＝1', '\t=1', '\tx']) {
    expect(csv([[evil]])).toBe(`\uFEFF'${evil}\r\n`);
  }
  expect(csv([['\r=1']])).toBe('\uFEFF"\'\r=1"\r\n');
  expect(csv([['=SUM(A1)', '@x', -2]])).toBe("\uFEFF'=SUM(A1),'@x,-2\r\n");
});
