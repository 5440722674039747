import { expect, test } from 'vitest';
import type { Schema } from '../../../api/client';
import { nearestFirst, provinceOf } from './nearby';

const at = (...codes: string[]) => codes.map((divisionCode) => ({ divisionCode }) as Schema<'Activity'>);
const order = (activities: Schema<'Activity'>[]) => activities.map(({ divisionCode }) => divisionCode);

test('what is in the same city comes first, the rest as it was', () => {
  expect(order(nearestFirst(at('330203', '330106', '330300', '330110'), '330106'))).toEqual([
    '330106',
    '330110',
    '330203',
    '330300',
  ]);
});

test('a whole province, and a municipality, are near as they are', () => {
  expect(order(nearestFirst(at('330203', '330106'), '330000'))).toEqual(['330203', '330106']);
  expect(order(nearestFirst(at('110102', '110108'), '110108'))).toEqual(['110102', '110108']);
});

test('a place lies in its province', () => {
  expect(provinceOf('330106')).toBe('330000');
  expect(provinceOf('')).toBe('');
});
