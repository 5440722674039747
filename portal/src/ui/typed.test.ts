import { expect, test } from 'vitest';
import { digitsOf, numberOf } from './typed';

test.each(['123456', '123 456', '123-456', '１２３ ４５６', ' 123456\n', '验证码：123456'])('%j is a code', (typed) => {
  expect(digitsOf(typed, 6)).toBe('123456');
});

test.each([
  '11010519491231002X',
  '110105 1949 1231 002x',
  '１１０１０５１９４９１２３１００２Ｘ',
  '11010519491231002Ⅹ',
])('%j is an identity number', (typed) => {
  expect(numberOf(typed, 18)).toBe('11010519491231002X');
});

test('more than there can be is cut behind the digits, not before them', () => {
  expect(digitsOf('1 2 3 4 5 6 7 8', 6)).toBe('123456');
  expect(numberOf('1101 0519 4912 3100 2X99', 18)).toBe('11010519491231002X');
});
