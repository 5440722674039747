import { expect, test } from 'vitest';
import { momentsIn } from './moment';

// Still the last evening of 2026 in London, already 2027 in Beijing.
const now = () => new Date('2026-12-31T16:30:00Z');
const zh = momentsIn('zh', now);
const en = momentsIn('en', now);

test('the year is said whenever it is not the current one', () => {
  expect(zh.range('2027-03-01T06:00:00Z', '2027-03-01T09:00:00Z')).toBe('3月1日周一 14:00 – 17:00');
  expect(zh.range('2026-12-31T06:00:00Z', '2026-12-31T09:00:00Z')).toBe('2026年12月31日周四 14:00 – 17:00');
  expect(zh.range('2028-03-01T06:00:00Z', '2028-03-01T09:00:00Z')).toMatch(/^2028年3月1日/);
  expect(en.range('2028-03-01T06:00:00Z', '2028-03-01T09:00:00Z')).toContain('2028');
  expect(en.range('2027-03-01T06:00:00Z', '2027-03-01T09:00:00Z')).not.toContain('2027');
});

test('a range over New Year says both ends', () => {
  expect(zh.range('2026-12-31T15:00:00Z', '2026-12-31T18:00:00Z')).toBe('2026年12月31日周四 23:00 – 1月1日周五 02:00');
});

test('narrow places too', () => {
  expect(zh.brief('2027-01-02T06:00:00Z')).not.toContain('2027');
  expect(zh.brief('2025-12-31T06:00:00Z')).toContain('2025');
});
