import { theme, type ThemeConfig } from 'antd';

/**
 * The visual language in one place. Two colours carry meaning: a deep blue for what can be done, a warm amber for what
 * asks for attention. Both keep 4.5:1 against their ground in light and dark (WCAG 2.2, 1.4.3).
 */
export const palette = {
  light: {
    accent: '#0b5cad',
    accentDeep: '#0b4a8f',
    warm: '#a85b00',
    ink: '#1b2430',
    soft: '#566273',
    ground: '#f5f7fa',
    paper: '#ffffff',
    line: '#dde3ea',
    edge: '#828c9a',
  },
  dark: {
    accent: '#6fb1f5',
    accentDeep: '#8cc3fa',
    warm: '#f0b45f',
    ink: '#e6ebf2',
    soft: '#a5b0be',
    ground: '#0f141b',
    paper: '#171e27',
    line: '#2c3643',
    edge: '#6a788b',
  },
} as const;

/** Distinguishable with any colour vision (after Okabe and Ito, 2008), in this order. */
export const series = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#8c8c8c'] as const;

const fontFamily =
  'system-ui, -apple-system, "PingFang SC", "HarmonyOS Sans SC", "Noto Sans CJK SC", "Noto Sans SC", "Microsoft YaHei", sans-serif';

/** Chinese needs larger type and more leading than Latin text: 16 px at 1.75. `still`: nothing moves. */
export function themeOf(mode: 'light' | 'dark', still: boolean): ThemeConfig {
  const colours = palette[mode];
  return {
    algorithm: mode === 'dark' ? theme.darkAlgorithm : theme.defaultAlgorithm,
    token: {
      colorPrimary: colours.accent,
      colorLink: colours.accent,
      colorInfo: colours.accent,
      colorWarning: colours.warm,
      colorTextBase: colours.ink,
      // antd's own greys and red are too pale for small text.
      colorTextTertiary: colours.soft,
      colorTextDescription: colours.soft,
      colorTextPlaceholder: colours.soft,
      colorError: mode === 'dark' ? '#ff8580' : '#c1272d',
      ...(mode === 'light' && {
        colorInfoBg: '#eaf3fc',
        colorInfoBorder: '#a9cdf0',
        colorPrimaryBg: '#eaf3fc',
        colorWarningBg: '#fff6e8',
        colorWarningBorder: '#e6c28e',
        colorSuccess: '#1a7f37',
        colorSuccessBg: '#eaf6ee',
        colorSuccessBorder: '#9fd3b0',
      }),
      colorBgLayout: colours.ground,
      colorBgContainer: colours.paper,
      // The edge of a field tells where to type: 3:1 (WCAG 2.2, 1.4.11).
      colorBorder: colours.edge,
      colorBorderSecondary: colours.line,
      borderRadius: 8,
      fontFamily,
      fontSize: 16,
      lineHeight: 1.75,
      // Touch targets (WCAG 2.2, 2.5.8; the platform asks for more than the 24 px it demands).
      controlHeight: 44,
      motionDurationMid: '0.15s',
      // Told so, the components do not wait for the end of movements that style sheets have shortened to nothing.
      motion: !still,
    },
    // The accents of the dark appearance are light: what stands on them has to be dark.
    ...(mode === 'dark' && { components: { Button: { primaryColor: '#08131f', dangerColor: '#1a0808' } } }),
  };
}
