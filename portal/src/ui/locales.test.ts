import { expect, test } from 'vitest';

const written = import.meta.glob<string>(['../*/locales/*/*.json', '../features/*/locales/*/*.json'], {
  eager: true,
  import: 'default',
  query: '?raw',
});
const files = import.meta.glob<Record<string, unknown>>(['../*/locales/*/*.json', '../features/*/locales/*/*.json'], {
  eager: true,
  import: 'default',
});

/** Every text by its path, and the names that are put into it. */
function texts(node: unknown, path = ''): [string, string][] {
  if (typeof node === 'string')
    return [
      [
        path,
        [...node.matchAll(/{{(\w+)}}/g)]
          .map((match) => match[1])
          .sort()
          .join(),
      ],
    ];
  return Object.entries(node as Record<string, unknown>).flatMap(([key, value]) => texts(value, `${path}/${key}`));
}

const chinese = Object.keys(files).filter((file) => file.includes('/zh/'));

test.each(chinese)('%s says the same in English', (file) => {
  const zh = texts(files[file]);
  expect(texts(files[file.replace('/zh/', '/en/')]).sort()).toEqual(zh.sort());
  expect(zh.length).toBeGreaterThan(0);
});

test('there is nothing in English alone', () => {
  expect(Object.keys(files)).toHaveLength(2 * chinese.length);
});

test('a namespace is the name of one file', () => {
  const namespaces = chinese.map((file) => file.split('/').at(-1));
  expect(namespaces).toEqual([...new Set(namespaces)]);
});

test.each(Object.keys(files))('%s leaves nothing empty', (file) => {
  const blank = (node: unknown): boolean =>
    typeof node === 'string' ? node.trim() === '' : Object.values(node as object).some(blank);
  expect(blank(files[file])).toBe(false);
});

test.each(Object.keys(written))('%s holds one key a line', (file) => {
  expect(
    written[file]
      ?.split('\n')
      .filter((line) => /":.*"\s*:/.test(line.replace(/"(?:[^"\\]|\\.)*"(?=\s*[,}\]]?\s*$)/, ''))),
  ).toEqual([]);
});
