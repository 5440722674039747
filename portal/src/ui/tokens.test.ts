import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as tokens from './tokens';

const css = readFileSync(join(import.meta.dirname, 'tokens.css'), 'utf8');

/** The custom properties of the rule with a selector. */
function properties(selector: string): Map<string, string> {
  const rule = css.slice(css.indexOf(`${selector} {`)).split('}')[0] ?? '';
  return new Map([...rule.matchAll(/^\s*--([\w-]+):\s*([^;]+);/gm)].map(([, name = '', value = '']) => [name, value]));
}

const kebab = (name: string) => name.replace(/[A-Z]|(?<=[a-z])\d/g, (letter) => `-${letter.toLowerCase()}`);
const light = properties('\n:root');
const dark = properties(":root[data-mode='dark']");
const wall = properties('\n.wall-frame');

test.each(Object.keys(tokens.colours.light) as tokens.Colour[])('the style sheets have the colour %s', (name) => {
  const property = `color-${kebab(name)}`;
  expect(light.get(property)).toBe(tokens.colours.light[name]);
  expect(dark.get(property) ?? light.get(property)).toBe(tokens.colours.dark[name]);
});

test.each(Object.entries(tokens.wall))('the style sheets have the colour %s of the wall', (name, value) => {
  expect(wall.get(`color-${kebab(name)}`)).toBe(value);
});

test('no colour of the style sheets is missing in the tokens', () => {
  const listed = (names: object) => new Set(Object.keys(names).map((name) => `color-${kebab(name)}`));
  const written = (rule: Map<string, string>) => new Set([...rule.keys()].filter((name) => name.startsWith('color-')));
  expect(written(light)).toEqual(listed(tokens.colours.light));
  expect([...written(dark)].filter((name) => !written(light).has(name))).toEqual([]);
  expect(written(wall)).toEqual(listed(tokens.wall));
});

test('the style sheets have the scales of type, space and corners, and no more of them', () => {
  const scale = (prefix: string) =>
    Object.fromEntries([...light].filter(([name, value]) => name.startsWith(prefix) && !value.includes('clamp')));
  const written = (prefix: string, values: object, unit: string) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}${name}`, `${String(value)}${unit}`]));
  expect(scale('text-')).toEqual(written('text-', tokens.text, 'rem'));
  expect(scale('space-')).toEqual(written('space-', tokens.space, 'rem'));
  expect(scale('radius-')).toEqual(written('radius-', tokens.radius, 'px'));
  expect(light.get('line-height')).toBe(String(tokens.lineHeight));
  expect(light.get('touch-target')).toBe(`${tokens.touchTarget}px`);
});

/** Relative luminance (WCAG 2.2). */
function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [lighter = 0, darker = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (lighter + 0.05) / (darker + 0.05);
}

test.each(['light', 'dark'] as const)('text can be read in the %s appearance, and fields can be seen', (mode) => {
  const colour = tokens.colours[mode];
  for (const ground of [colour.surface, colour.background]) {
    for (const name of ['text', 'textMuted', 'accent', 'accentStrong', 'warning', 'success', 'danger'] as const)
      expect(contrast(colour[name], ground), name).toBeGreaterThanOrEqual(4.5);
    expect(contrast(colour.borderStrong, ground), 'borderStrong').toBeGreaterThanOrEqual(3);
  }
  expect(contrast(colour.onAccent, colour.accent)).toBeGreaterThanOrEqual(4.5);
  expect(contrast(colour.onBrand, colour.brand)).toBeGreaterThanOrEqual(4.5);
  for (const verdict of ['valid', 'invalid'] as const)
    expect(contrast(colour[verdict], colour[`${verdict}Ground`]), verdict).toBeGreaterThanOrEqual(4.5);
  for (const shade of [1, 2, 3, 4, 5] as const)
    expect(contrast(colour[`onShade${shade}`], colour[`shade${shade}`]), `shade ${shade}`).toBeGreaterThanOrEqual(4.5);
});
