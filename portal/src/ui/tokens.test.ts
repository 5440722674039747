import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as tokens from './tokens';

const css = readFileSync(join(import.meta.dirname, 'tokens.css'), 'utf8');

/** The custom properties of the rule with a selector. */
function properties(selector: string): Map<string, string> {
  const rule = css.slice(css.indexOf(`${selector} {`)).split('}')[0] ?? '';
  return new Map([...rule.matchAll(/^\s*--([\w-]+):\s*([^;]+);/gm)].map(([, name = '', value = '']) => [name, value]));
}

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const light = properties('\n:root');
const dark = properties(":root[data-mode='dark']");

test.each(Object.keys(tokens.colours.light) as tokens.Colour[])('the style sheets have the colour %s', (name) => {
  const property = `color-${kebab(name)}`;
  expect(light.get(property)).toBe(tokens.colours.light[name]);
  expect(dark.get(property) ?? light.get(property)).toBe(tokens.colours.dark[name]);
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
});

test('no style sheet has a size of text in pixels', () => {
  const source = join(import.meta.dirname, '..');
  const sheets = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.css'));
  expect(sheets.length).toBeGreaterThan(10);
  for (const file of sheets)
    expect(readFileSync(join(source, file), 'utf8').match(/font(-size)?:[^;]*\dpx/g), file).toBeNull();
});
