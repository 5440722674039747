/** What was typed or pasted, with full-width characters of Chinese keyboards as the plain ones. */
const plain = (text: string): string => text.normalize('NFKC');

/** The digits of a code, however it was grouped. */
export const digitsOf = (text: string, most: number): string => plain(text).replace(/\D/g, '').slice(0, most);

/** A number of 15 to 18 digits whose last character may be X (GB 11643, person numbers), however it was grouped. */
export const numberOf = (text: string, most: number): string =>
  plain(text)
    .toUpperCase()
    .replace(/[^\dX]/g, '')
    .slice(0, most);
