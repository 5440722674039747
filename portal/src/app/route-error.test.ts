import { expect, test, vi } from 'vitest';

vi.hoisted(() => {
  window.matchMedia = () => ({ matches: false, addEventListener: () => undefined }) as unknown as MediaQueryList;
});

const { outdated } = await import('./route-error');

test.each([
  ['Chrome', 'Failed to fetch dynamically imported module: https://x/assets/page-1.js'],
  ['Firefox', 'error loading dynamically imported module: https://x/assets/page-1.js'],
  ['Safari', 'Importing a module script failed.'],
  ['a style of it', 'Unable to preload CSS for /assets/page-1.css'],
])('a file that is gone is recognised in the words of %s', (_, message) => {
  expect(outdated(new TypeError(message))).toBe(true);
});

test('any other error is an error of the page', () => {
  expect(outdated(new TypeError('x is undefined'))).toBe(false);
  expect(outdated('Failed to fetch dynamically imported module')).toBe(false);
});
