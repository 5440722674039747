/**
 * What people type, read as `crates/text` reads it: a form is checked here as the platform will check it.
 */

/** Zero-width and soft characters, direction marks, tags, control characters except white space, fillers that look empty. */
const INVISIBLE =
  // eslint-disable-next-line no-control-regex, no-misleading-character-class
  /[\u{0}-\u{8}\u{e}-\u{1f}\u{7f}-\u{84}\u{86}-\u{9f}\u{ad}\u{34f}\u{600}-\u{605}\u{61c}\u{6dd}\u{70f}\u{8e2}\u{115f}\u{1160}\u{17b4}\u{17b5}\u{180b}-\u{180f}\u{200b}-\u{200f}\u{202a}-\u{202e}\u{2060}-\u{206f}\u{2800}\u{3164}\u{fe00}-\u{fe0f}\u{feff}\u{ffa0}\u{fff0}-\u{fffb}\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu;
/** The white space of Unicode. */
const BLANK = '\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const BLANKS = new RegExp(`[${BLANK}]+`, 'gu');
/** Control characters except white space, and what overrides the direction of a text. */
// eslint-disable-next-line no-control-regex
const DECEPTIVE = /[\u{0}-\u{8}\u{e}-\u{1f}\u{7f}-\u{84}\u{86}-\u{9f}\u{202a}-\u{202e}\u{2066}-\u{2069}]/u;
const BREAK = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/u;
const DASH = '\\-\u058a\u2010-\u2015\u2043\u2053\u2212\u2e3a\u2e3b\ufe58\ufe63\uff0d';
const DOT = '\u00b7\u0387\u2022\u2027\u2219\u22c5\u2e31\u30fb\uff65';
const GROUPING = new RegExp(`[${BLANK}${DASH}${DOT}]`, 'gu');
const HYPHEN = /[\u2010\u2011\u2212\ufe63\uff0d]/gu;

/** Code points that keyboards of the nineties send, and the standard ones (GB 18030-2022). */
// prettier-ignore
const MOVED = new Map([
  [0xe78d, 0xfe10], [0xe78e, 0xfe12], [0xe78f, 0xfe11], [0xe790, 0xfe13], [0xe791, 0xfe14], [0xe792, 0xfe15],
  [0xe793, 0xfe16], [0xe794, 0xfe17], [0xe795, 0xfe18], [0xe796, 0xfe19], [0xe815, 0x2e81], [0xe816, 0x20087],
  [0xe817, 0x20089], [0xe818, 0x200cc], [0xe819, 0x2e84], [0xe81a, 0x3473], [0xe81b, 0x3447], [0xe81c, 0x2e88],
  [0xe81d, 0x2e8b], [0xe81e, 0x9fb4], [0xe81f, 0x359e], [0xe820, 0x361a], [0xe821, 0x360e], [0xe822, 0x2e8c],
  [0xe823, 0x2e97], [0xe824, 0x396e], [0xe825, 0x3918], [0xe826, 0x9fb5], [0xe827, 0x39cf], [0xe828, 0x39df],
  [0xe829, 0x3a73], [0xe82a, 0x39d0], [0xe82b, 0x9fb6], [0xe82c, 0x9fb7], [0xe82d, 0x3b4e], [0xe82e, 0x3c6e],
  [0xe82f, 0x3ce0], [0xe830, 0x2ea7], [0xe831, 0x215d7], [0xe832, 0x9fb8], [0xe833, 0x2eaa], [0xe834, 0x4056],
  [0xe835, 0x415f], [0xe836, 0x2eae], [0xe837, 0x4337], [0xe838, 0x2eb3], [0xe839, 0x2eb6], [0xe83a, 0x2eb7],
  [0xe83b, 0x2298f], [0xe83c, 0x43b1], [0xe83d, 0x43ac], [0xe83e, 0x2ebb], [0xe83f, 0x43dd], [0xe840, 0x44d6],
  [0xe841, 0x4661], [0xe842, 0x464c], [0xe843, 0x9fb9], [0xe844, 0x4723], [0xe845, 0x4729], [0xe846, 0x477c],
  [0xe847, 0x478d], [0xe848, 0x2eca], [0xe849, 0x4947], [0xe84a, 0x497a], [0xe84b, 0x497d], [0xe84c, 0x4982],
  [0xe84d, 0x4983], [0xe84e, 0x4985], [0xe84f, 0x4986], [0xe850, 0x499f], [0xe851, 0x499b], [0xe852, 0x49b7],
  [0xe853, 0x49b6], [0xe854, 0x9fba], [0xe855, 0x241fe], [0xe856, 0x4ca3], [0xe857, 0x4c9f], [0xe858, 0x4ca0],
  [0xe859, 0x4ca1], [0xe85a, 0x4c77], [0xe85b, 0x4ca2], [0xe85c, 0x4d13], [0xe85d, 0x4d14], [0xe85e, 0x4d15],
  [0xe85f, 0x4d16], [0xe860, 0x4d17], [0xe861, 0x4d18], [0xe862, 0x4d19], [0xe863, 0x4dae], [0xe864, 0x9fbb],
]);

const standard = (text: string): string =>
  text.replace(/[\ue78d-\ue864]/gu, (found) => {
    const moved = MOVED.get(found.codePointAt(0) ?? 0);
    return moved === undefined ? found : String.fromCodePoint(moved);
  });

const visible = (text: string): string => text.replace(INVISIBLE, '');

/** One line: no invisible characters, single blanks, trimmed. */
export const line = (typed: string): string =>
  visible(standard(typed)).normalize('NFC').replace(BLANKS, ' ').replace(/^ | $/g, '');

/** Several lines, at most one empty one in a row. */
export function paragraphs(typed: string): string {
  let text = '';
  let breaks = 0;
  for (const part of typed.split(BREAK)) {
    const read = line(part);
    if (read) {
      if (text) text += breaks > 1 ? '\n\n' : '\n';
      text += read;
      breaks = 0;
    }
    breaks += 1;
  }
  return text;
}

/** A number in any grouping: half width, capitals, no blanks, dashes, dots. */
export const number = (typed: string): string =>
  visible(visible(typed).normalize('NFKC').replace(GROUPING, ''))
    .toUpperCase()
    .normalize('NFKC')
    .replace(/[\u0425\u03a7\u00d7]/gu, 'X');

/** A code with signs in it: half width, one form of hyphens, no blanks. */
export const address = (typed: string): string =>
  visible(visible(typed).normalize('NFKC').replace(BLANKS, '')).replace(HYPHEN, '-').normalize('NFC');

/** Nothing of it can be seen. */
export const showsNothing = (typed: string): boolean => visible(typed).replace(BLANKS, '') === '';

/** It can look different from what it says. */
export const deceives = (typed: string): boolean => DECEPTIVE.test(typed);

/** Characters as people count them: code points. */
export const lengthOf = (text: string): number => Array.from(text).length;
