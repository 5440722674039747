import { beforeEach, expect, test } from 'vitest';
import { clearOfflineItems, offlineStore } from './offline-store';

const cards = offlineStore<{ id: string; token: string }>('cards', ({ id }) => id, 3);

beforeEach(() => localStorage.clear());

test('the last of each is stored, until it is given up', () => {
  cards.keep({ id: 'a', token: 't' });
  cards.keep({ id: 'b', token: 't' });
  cards.keep({ id: 'a', token: 'newer' });
  expect(cards.all()).toEqual([
    { id: 'a', token: 'newer' },
    { id: 'b', token: 't' },
  ]);
  cards.only(['b']);
  expect(cards.all()).toHaveLength(1);
  cards.drop('b');
  expect(cards.all()).toEqual([]);
});

test('no more is stored than is useful', () => {
  for (const id of ['a', 'b', 'c', 'd']) cards.keep({ id, token: 't' });
  expect(cards.all().map(({ id }) => id)).toEqual(['d', 'c', 'b']);
});

test('at the end of a session everything stored goes, and nothing else', () => {
  localStorage.setItem('language', 'en');
  cards.keep({ id: 'a', token: 't' });
  offlineStore<{ id: string }>('tickets', ({ id }) => id).keep({ id: 'x' });
  clearOfflineItems();
  expect(cards.all()).toEqual([]);
  expect(Object.keys(localStorage)).toEqual(['language']);
});

test('what cannot be read is nothing', () => {
  localStorage.setItem('kept:cards', '{');
  expect(cards.all()).toEqual([]);
});
