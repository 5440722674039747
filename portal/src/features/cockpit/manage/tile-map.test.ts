import { expect, test } from 'vitest';
import { shades } from './tile-map';
import { neighbour, tiles } from './tiles';

test('all 34 provincial units stand, none upon another', () => {
  expect(tiles).toHaveLength(34);
  expect(new Set(tiles.map((tile) => `${tile.row}/${tile.column}`)).size).toBe(34);
});

test('nothing has no shade, the largest the deepest, equals the same', () => {
  const shade = shades([0, 1, 2, 2, 3, 1000]);
  expect([0, 1, 1000].map(shade)).toEqual([0, 1, 5]);
  expect(shade(2)).toBe(shade(2));
  expect(shades([])(0)).toBe(0);
  expect(shades([0, 7])(7)).toBe(5);
  expect([4, 76].map(shades([4, 76]))).toEqual([1, 5]);
});

test('the arrow keys lead to the tile beside, and every tile can be reached', () => {
  expect(neighbour('110000', 'ArrowLeft')).toBe('150000');
  expect(neighbour('110000', 'ArrowDown')).toBe('130000');
  expect(neighbour('650000', 'ArrowLeft')).toBeUndefined();
  expect(neighbour('110000', 'Enter')).toBeUndefined();
  const seen = new Set(['110000']);
  for (const code of seen)
    for (const key of ['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight']) seen.add(neighbour(code, key) ?? code);
  expect(seen.size).toBe(34);
});
