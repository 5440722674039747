/** Numbers and days that are written as text; the same rules as `crates/forms`. */

/** A decimal in units of 10⁻⁶, or `undefined`. Below 2⁵³, so it is exact. */
export function millionths(text: string): number | undefined {
  const parts = /^(-?)(\d{1,9})(?:\.(\d{1,6}))?$/.exec(text);
  if (!parts) return undefined;
  const [, sign, whole, fraction = ''] = parts;
  const size = Number(whole) * 1_000_000 + Number(fraction.padEnd(6, '0'));
  return sign && size > 0 ? -size : size;
}

export function decimal(value: number): string {
  const size = Math.abs(value);
  const text = `${String(Math.floor(size / 1_000_000))}.${String(size % 1_000_000).padStart(6, '0')}`;
  return (value < 0 ? '-' : '') + text.replace(/0+$/, '').replace(/\.$/, '');
}

const LEAP = (year: number) => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
const daysIn = (year: number, month: number) =>
  month === 2 ? (LEAP(year) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;

/** A day as 20261129, or `undefined`. */
export function day(text: string): number | undefined {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!parts) return undefined;
  const [year = 0, month = 0, date = 0] = parts.slice(1).map(Number);
  if (year < 1 || month < 1 || month > 12 || date < 1 || date > daysIn(year, month)) return undefined;
  return year * 10_000 + month * 100 + date;
}

/** The day so many years later; 29 February becomes 28 February where there is none. */
export function plusYears(of: number, years: number): number {
  const year = Math.min(9999, Math.max(1, Math.floor(of / 10_000) + years));
  const month = Math.floor(of / 100) % 100;
  return year * 10_000 + month * 100 + Math.min(of % 100, daysIn(year, month));
}

/** `2026-11-29` of 20261129. */
export const dayText = (of: number): string =>
  [String(Math.floor(of / 10_000)).padStart(4, '0'), Math.floor(of / 100) % 100, of % 100]
    .map((part) => String(part).padStart(2, '0'))
    .join('-');

/** 15 digits, the first not 0, and their check character (ISO 7064 MOD 11-2). */
export function isPersonNumber(text: string): boolean {
  if (!/^[1-9]\d{14}[\dX]$/.test(text)) return false;
  const product = Array.from(text.slice(0, 15)).reduce((sum, digit) => ((sum + Number(digit)) * 2) % 11, 0);
  const check = (12 - product) % 11;
  return text.endsWith(check === 10 ? 'X' : String(check));
}

const LARGEST = 1_000_000_000_000_000;

/** A number without fraction. */
export const whole = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= LARGEST
    ? value === 0
      ? 0
      : value
    : undefined;
