import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const portal = path.join(import.meta.dirname, '..');

/** Words that leave open who is meant: "no account", "another person", "the person who …" say it. */
const vague = /\b(?:no|some)body\b|\bwhoever\b/gi;

/** What is generated from the contract, and this file. */
const passed = /^src\/api\/(?:openapi\.json|schema\.d\.ts|scopes\.ts)$|^lint\/words\.test\.js$/;

function filesOf(folder) {
  return readdirSync(path.join(portal, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:css|js|json|mjs|tsx?)$/.test(entry.name))
    .map((entry) => path.relative(portal, path.join(entry.parentPath, entry.name)))
    .filter((file) => !passed.test(file));
}

it('finds a word that was given up, in any case, and not a part of another', () => {
  expect('Nobody knows whoever-it-is, says somebody.'.match(vague)).toHaveLength(3);
  expect('the body of a request, however long'.match(vague)).toBeNull();
});

it('texts, comments and tests say who is meant', () => {
  const files = ['src', 'browser', 'lint', 'public'].flatMap(filesOf);
  expect(files.length).toBeGreaterThan(300);
  const found = files.flatMap((file) =>
    (readFileSync(path.join(portal, file), 'utf8').match(vague) ?? []).map((word) => `${file}: ${word}`),
  );
  expect(found).toEqual([]);
});
