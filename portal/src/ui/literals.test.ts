import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { colours } from './tokens';

// Colours, sizes of text and distances are named in tokens.ts and tokens.css; everything else takes them from there.

const portal = join(import.meta.dirname, '../..');
const ours = (file: string) => !/(^|\/)tokens\.(ts|css)$|\.test\.tsx?$|^src\/api\/(schema\.d|scopes)\.ts$/.test(file);

const hex = '#(?:[0-9a-f]{3,4}){1,2}\\b';
const called = '\\b(?:rgb|hsl|hwb|lab|lch|oklab|oklch)a?\\(';
const named = '(?<![-\\w])(?:white|black|red|green|blue|yellow|orange|purple|gr[ae]y|silver|navy)(?![-\\w])';

/** What a style sheet says as a literal: a colour, a size of text or a distance in pixels. Hairlines of one pixel are none. */
const sheet: Record<string, RegExp> = {
  colour: new RegExp(`:[^;{}]*?(?:${hex}|${called}|${named})`, 'gi'),
  text: /(?<![-\w])font(?:-size)?:[^;{}]*?\dpx/g,
  distance:
    /(?<![-\w])(?:margin|padding|gap|row-gap|column-gap)(?:-[a-z-]+)?:[^;{}]*?(?<![\w.-])-?(?:[2-9]|\d{2,}|\d+\.\d+)px/g,
};

/** The same in a script: in a text, or as a number in a style. */
const script: Record<string, RegExp> = {
  colour: new RegExp(`['"\`>][^'"\`<>\\n]*?(?:${hex}|${called})`, 'gi'),
  text: /(?<!\w)fontSize:\s*['"]?\d/g,
  distance: /(?<!\w)(?:margin|padding|gap|rowGap|columnGap)(?:[A-Z]\w*)?:\s*['"]?-?(?:[1-9]|0\.)/g,
};

function literals(file: string, text: string): string[] {
  const written = text.replace(/\/\*[\s\S]*?\*\//g, '');
  return Object.entries(file.endsWith('.css') ? sheet : script).flatMap(([what, pattern]) =>
    [...written.matchAll(pattern)].map(([found]) => `${what}: ${found.trim()}`),
  );
}

test('no style sheet and no script says a colour, a size of text or a distance of its own', () => {
  const source = join(portal, 'src');
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .map((file) => relative(portal, join(source, file)))
    .filter((file) => /\.(css|tsx?)$/.test(file) && ours(file));
  expect(files.length).toBeGreaterThan(100);
  expect(
    files.flatMap((file) => literals(file, readFileSync(join(portal, file), 'utf8')).map((l) => `${file}: ${l}`)),
  ).toEqual([]);
});

describe('a literal is found', () => {
  test.each([
    'a { color: #fff; }',
    'a { background: linear-gradient(90deg, #0d2340, var(--color-brand)); }',
    'a { box-shadow: 0 1px 2px rgb(0 0 0 / 16%); }',
    'a { color: hsla(210, 50%, 40%, 0.5) }',
    'a { border: 1px solid black; }',
    'a { font: 600 13px/20px serif; }',
    'a { font-size: 14px; }',
    'a { padding: var(--space-2) 14px; }',
    'a { margin-left: -42px; }',
    'a { gap: clamp(2px, 0.5vw, 6px); }',
  ])('%s', (rule) => {
    expect(literals('a.css', rule)).toHaveLength(1);
  });
  test.each([
    `<rect fill="#fff" />`,
    `const accent = '#0b5cadcc';`,
    'const glow = `0 0 4px rgba(0, 0, 0, 0.2)`;',
    `<p style={{ marginBottom: 16 }}>`,
    `<p style={{ padding: '4px' }}>`,
    `const axis = { fontSize: 13 };`,
  ])('%s', (code) => {
    expect(literals('a.tsx', code)).toHaveLength(1);
  });
});

describe('what is no literal is let be', () => {
  test.each([
    'a { color: var(--color-text); background: color-mix(in srgb, var(--color-ink) 16%, transparent); }',
    'a { margin: -1px; padding: 0 var(--space-2); gap: 0; border: 1px solid currentcolor; }',
    'a { white-space: nowrap; width: 300px; margin-left: calc(-1 * var(--space-10)); }',
    '/* #fff is for paper */ #face { order: 1; }',
  ])('%s', (rule) => {
    expect(literals('a.css', rule)).toEqual([]);
  });
  test.each([`const main = page.locator('#main');`, `// as #123 says`, `<p style={{ margin: 0, width: 168 }}>`])(
    '%s',
    (code) => {
      expect(literals('a.tsx', code)).toEqual([]);
    },
  );
});

test('what the browser shows around the page has the colours of the tokens', () => {
  const html = readFileSync(join(portal, 'index.html'), 'utf8');
  for (const mode of ['light', 'dark'] as const)
    expect(html).toContain(`content="${colours[mode].surface}" media="(prefers-color-scheme: ${mode})"`);
  const app = JSON.parse(readFileSync(join(portal, 'public/manifest.webmanifest'), 'utf8')) as Record<string, string>;
  expect(app['background_color']).toBe(colours.light.background);
  expect(app['theme_color']).toBe(colours.light.brandStrong);
});
