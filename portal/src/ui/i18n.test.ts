import i18next from 'i18next';
import { expect, test, vi } from 'vitest';
import { antdLocale, loadNamespaces, ready, switchLanguage } from './i18n';

vi.hoisted(() => localStorage.setItem('language', 'zh'));

await ready;

test('one language is loaded at first, and of it only what the page needs', async () => {
  await loadNamespaces(['home']);
  expect(Object.keys(i18next.store.data)).toEqual(['zh']);
  expect(Object.keys(i18next.store.data['zh'] ?? {}).sort()).toEqual(['app', 'home']);
  expect(antdLocale('en')).toBeUndefined();
});

test('switching brings the other language for what is shown, with the words of antd', async () => {
  expect(await switchLanguage('en')).toBe(true);
  expect(i18next.t('brand')).toBe('Online CAST');
  expect(i18next.exists('title', { ns: 'home' })).toBe(true);
  expect(antdLocale('en')?.locale).toBe('en');
  expect(document.documentElement.lang).toBe('en');
});
