import { expect, test } from 'vitest';
import { scopes } from '../../api/scopes';
import en from './locales/en/clients.json';
import zh from './locales/zh/clients.json';
import { kinds, scopesOf } from './manage/client';

test('every scope has a name in both languages', () => {
  expect(scopes.length).toBeGreaterThan(0);
  const offered = [...new Set(kinds.flatMap(scopesOf))].map((scope) => scope.replace('.', '_'));
  expect(Object.keys(zh.scope).sort()).toEqual(offered.sort());
  expect(Object.keys(en.scope).sort()).toEqual(offered);
});
