import { expect, test } from 'vitest';
import { fileName } from './queries';

test.each([
  [`attachment; filename="export.xlsx"; filename*=UTF-8''%E4%BC%9A%E5%91%98.xlsx`, '会员.xlsx'],
  [`attachment; filename*=UTF-8''a%20b.csv`, 'a b.csv'],
  ['attachment; filename="a \\"b\\".csv"', 'a "b".csv'],
  ['', 'export'],
])('%s', (header, name) => {
  expect(fileName(header)).toBe(name);
});
