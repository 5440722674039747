import { expect, test } from 'vitest';
import { safeReturnAddress } from './return-address';

test('only pages of this platform are followed', () => {
  expect(safeReturnAddress('/me/security?x=1')).toBe('/me/security?x=1');
  for (const evil of [
    null,
    '',
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    'javascript:alert(1)',
    '/\t/evil.example',
    '/\n/evil.example',
    '\t//evil.example',
    '/\u0000/evil.example',
    '//',
    '///evil.example',
  ]) {
    expect(safeReturnAddress(evil)).toBe('/me');
  }
});
