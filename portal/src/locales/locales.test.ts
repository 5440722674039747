import { expect, test } from 'vitest';

const written = import.meta.glob<string>('./*/*.json', { eager: true, import: 'default', query: '?raw' });
const files = import.meta.glob<Record<string, unknown>>('./*/*.json', { eager: true, import: 'default' });

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

const rooms = new Set(Object.keys(files).map((file) => file.replace(/^\.\/\w+\//, '')));

test.each([...rooms])('%s says the same in Chinese and in English', (room) => {
  const zh = texts(files[`./zh/${room}`]);
  expect(texts(files[`./en/${room}`]).sort()).toEqual(zh.sort());
  expect(zh.length).toBeGreaterThan(0);
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
