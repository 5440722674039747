import { expect, test } from 'vitest';
import { shades } from './tile-map';
import { tiles } from './tiles';

test('all 34 provincial units stand, none upon another', () => {
  expect(tiles).toHaveLength(34);
  expect(new Set(tiles.map((tile) => `${tile.row}/${tile.column}`)).size).toBe(34);
});

test('nothing has no shade, the largest the deepest, equals the same', () => {
  const shade = shades([0, 1, 2, 2, 3, 1000]);
  expect([0, 1, 1000].map(shade)).toEqual([0, 1, 5]);
  expect(shade(2)).toBe(shade(2));
  expect(shades([])(0)).toBe(0);
});
