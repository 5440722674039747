/**
 * The visual language, said once: colours of both appearances, the scales of type, space and corners. Style sheets use these values
 * as the custom properties of `tokens.css`, which a test compares with them; antd's theme and the charts are made of them.
 *
 * Two colours carry meaning: a deep blue for what can be done, a warm amber for what asks for attention.
 */
const light = {
  /** What can be done: links, the chosen one, the main button. */
  accent: '#0b5cad',
  /** The same under the pointer. */
  accentStrong: '#0b4a8f',
  /** Text on the accent. */
  onAccent: '#ffffff',
  /** What asks for attention. */
  warning: '#a85b00',
  /** What went well, what is in force. */
  success: '#1a7f37',
  /** What failed, what does harm. */
  danger: '#c1272d',
  text: '#1b2430',
  /** Text of second rank; 4.5:1 like all text (WCAG 2.2, 1.4.3). */
  textMuted: '#566273',
  /** The page. */
  background: '#f5f7fa',
  /** Cards, tables, fields. */
  surface: '#ffffff',
  /** Lines that divide. */
  border: '#dde3ea',
  /** The edge of a field, which tells where to type: 3:1 (WCAG 2.2, 1.4.11). */
  borderStrong: '#828c9a',
  /** Surfaces of the platform itself, alike in both appearances. */
  brand: '#0b5cad',
  brandStrong: '#0b4a8f',
  onBrand: '#ffffff',
} as const;

export type Colour = keyof typeof light;

const dark: Record<Colour, string> = {
  accent: '#6fb1f5',
  accentStrong: '#8cc3fa',
  onAccent: '#08131f',
  warning: '#f0b45f',
  success: '#7fdcaa',
  danger: '#ff8580',
  text: '#e6ebf2',
  textMuted: '#a5b0be',
  background: '#0f141b',
  surface: '#171e27',
  border: '#2c3643',
  borderStrong: '#6a788b',
  brand: '#0b5cad',
  brandStrong: '#0b4a8f',
  onBrand: '#ffffff',
};

export type Mode = 'light' | 'dark';

export const colours: Record<Mode, Record<Colour, string>> = { light, dark };

/** Pixels of one rem with the default size of type of browsers. */
export const REM = 16;

/** Sizes of text, in rem: they follow the size of type that the person has set in the browser. */
export const text = {
  '2xs': 0.8125,
  xs: 0.875,
  sm: 0.9375,
  md: 1,
  lg: 1.125,
  xl: 1.25,
  '2xl': 1.375,
  '3xl': 1.5,
  '4xl': 1.75,
  '5xl': 2,
  '6xl': 2.5,
} as const;

/** Distances, in rem. */
export const space = {
  1: 0.25,
  2: 0.5,
  3: 0.75,
  4: 1,
  5: 1.25,
  6: 1.5,
  7: 1.75,
  8: 2,
} as const;

/** Corners, in pixels. */
export const radius = {
  sm: 6,
  md: 8,
  lg: 12,
  xl: 16,
  full: 999,
} as const;

/** Chinese needs more leading than Latin text. */
export const lineHeight = 1.75;

/** The least height of what is touched, in pixels (WCAG 2.2, 2.5.8 asks for 24). */
export const touchTarget = 44;
