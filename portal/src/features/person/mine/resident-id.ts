import { numberOf } from '../../../ui/typed';

const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/** Whether the last character fits the rest (GB 11643, ISO 7064 MOD 11-2): finds slips of the finger at once. */
export function residentIdRight(typed: string): boolean {
  const number = numberOf(typed, 19);
  if (!/^\d{17}[\dX]$/.test(number)) return false;
  const sum = weights.reduce((total, weight, index) => total + weight * Number(number[index]), 0);
  return '10X98765432'[sum % 11] === number[17];
}
