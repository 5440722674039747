import { beforeEach, expect, test } from 'vitest';
import type { Schema } from '../../api/client';
import { forgetCards, keepCard, keepOnly, keptCards } from './kept';

const card = (membershipId: string, token = 't') => ({ membership: { membershipId }, token, url: '' }) as Schema<'MembershipCard'>;

beforeEach(() => localStorage.clear());

test('the last card of each membership is kept, until it is given up', () => {
  keepCard(card('a'));
  keepCard(card('b'));
  keepCard(card('a', 'newer'));
  expect(keptCards().map(({ token, membership }) => [membership?.membershipId, token])).toEqual([['a', 'newer'], ['b', 't']]);
  keepOnly(['b']);
  expect(keptCards()).toHaveLength(1);
  forgetCards();
  expect(keptCards()).toEqual([]);
});

test('what cannot be read is no card', () => {
  localStorage.setItem('member-cards', '{');
  expect(keptCards()).toEqual([]);
});
