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
  // Surfaces of the platform itself: the hero, the head of a ticket, the member card.
  brandBright: '#1479c9',
  brandGlow: '#2b8ad6',
  brandDeep: '#082f5e',
  brandNight: '#0d2340',
  brandNightEnd: '#12396a',
  brandSoft: '#e8f1fb',
  brandSoftEdge: '#c9d6e4',
  focusOnBrand: '#ffd48a',
  // The member card of a membership that is suspended, and of one that has ended.
  cardSuspended: '#7a4300',
  cardSuspendedDeep: '#4d2a00',
  cardEnded: '#59636f',
  // The verdict on a member card: valid or not.
  valid: '#0a6b3d',
  validGround: '#e8f6ee',
  validEdge: '#0a6b3d',
  invalid: '#a61d24',
  invalidGround: '#fdeeee',
  invalidEdge: '#a61d24',
  // Shades of the map, from few to many, each with the text on it.
  shade1: '#dcebf9',
  onShade1: '#10263d',
  shade2: '#abd0f0',
  onShade2: '#10263d',
  shade3: '#6faadd',
  onShade3: '#071a2c',
  shade4: '#1f6fb8',
  onShade4: '#ffffff',
  shade5: '#0a3f78',
  onShade5: '#ffffff',
  // What is black on white in both appearances: QR codes, and pages on paper.
  ink: '#000000',
  paper: '#ffffff',
  paperLine: '#999999',
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
  brandBright: '#1479c9',
  brandGlow: '#2b8ad6',
  brandDeep: '#082f5e',
  brandNight: '#0d2340',
  brandNightEnd: '#12396a',
  brandSoft: '#e8f1fb',
  brandSoftEdge: '#c9d6e4',
  focusOnBrand: '#ffd48a',
  cardSuspended: '#7a4300',
  cardSuspendedDeep: '#4d2a00',
  cardEnded: '#59636f',
  valid: '#7fdcaa',
  validGround: '#10281c',
  validEdge: '#3f9d6d',
  invalid: '#ff9c9c',
  invalidGround: '#331619',
  invalidEdge: '#c9575c',
  shade1: '#173a63',
  onShade1: '#e5f0fb',
  shade2: '#1c5088',
  onShade2: '#f0f7ff',
  shade3: '#2569ad',
  onShade3: '#ffffff',
  shade4: '#6cb2f5',
  onShade4: '#06182c',
  shade5: '#c2e1ff',
  onShade5: '#06182c',
  ink: '#000000',
  paper: '#ffffff',
  paperLine: '#999999',
};

export type Mode = 'light' | 'dark';

export const colours: Record<Mode, Record<Colour, string>> = { light, dark };

/** The wall of the cockpit has one appearance of its own: it is seen from afar, in a dark room. */
export const wall = {
  surface: '#101d33',
  background: '#16263f',
  text: '#eaf1fb',
  textMuted: '#a9bad3',
  border: '#24395a',
  accent: '#62aef7',
  warning: '#f3bd6b',
  onWarning: '#1c1204',
  success: '#5fd39a',
  /** Around everything. */
  ground: '#081223',
  groundGlow: '#17345f',
  /** Links and buttons of the wall itself. */
  control: '#1f4f86',
  onControl: '#ffffff',
  /** Bars of the chart, and where the bars of a ranking begin. */
  bar: '#3f8fe0',
  barStart: '#1f6fb8',
  shade0: '#12213a',
  shade1: '#173a63',
  onShade1: '#e5f0fb',
  shade2: '#1c5088',
  onShade2: '#f0f7ff',
  shade3: '#2569ad',
  onShade3: '#ffffff',
  shade4: '#6cb2f5',
  onShade4: '#06182c',
  shade5: '#c2e1ff',
  onShade5: '#06182c',
  /** A notice in place of the figures. */
  notice: '#eef2f7',
  onNotice: '#1b2430',
} as const;

/** Grounds and edges of antd's notices in the light appearance; those of the dark one antd makes itself. */
export const soft = {
  accent: '#eaf3fc',
  accentEdge: '#a9cdf0',
  warning: '#fff6e8',
  warningEdge: '#e6c28e',
  success: '#eaf6ee',
  successEdge: '#9fd3b0',
} as const;

/** Text on a button that does harm, in the dark appearance. */
export const onDanger = '#1a0808';

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

/** Distances, in rem: a step is a quarter, and there are half steps between the small ones. */
export const space = {
  '0-5': 0.125,
  1: 0.25,
  '1-5': 0.375,
  2: 0.5,
  '2-5': 0.625,
  3: 0.75,
  '3-5': 0.875,
  4: 1,
  '4-5': 1.125,
  5: 1.25,
  '5-5': 1.375,
  6: 1.5,
  7: 1.75,
  8: 2,
  9: 2.25,
  10: 2.5,
  11: 2.75,
  12: 3,
  16: 4,
  24: 6,
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
