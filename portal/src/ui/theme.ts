import { theme, type ThemeConfig } from 'antd';
import { colours, lineHeight, radius, REM, text, touchTarget, type Mode } from './tokens';

/** antd's theme, made of the tokens. `rem`: pixels of one rem in this browser. `still`: nothing moves. */
export function themeOf(mode: Mode, still: boolean, rem = REM): ThemeConfig {
  const colour = colours[mode];
  return {
    algorithm: mode === 'dark' ? theme.darkAlgorithm : theme.defaultAlgorithm,
    token: {
      colorPrimary: colour.accent,
      colorLink: colour.accent,
      colorInfo: colour.accent,
      colorWarning: colour.warning,
      colorTextBase: colour.text,
      // antd's own greys and red are too pale for small text.
      colorTextTertiary: colour.textMuted,
      colorTextDescription: colour.textMuted,
      colorTextPlaceholder: colour.textMuted,
      colorError: colour.danger,
      ...(mode === 'light' && {
        colorInfoBg: '#eaf3fc',
        colorInfoBorder: '#a9cdf0',
        colorPrimaryBg: '#eaf3fc',
        colorWarningBg: '#fff6e8',
        colorWarningBorder: '#e6c28e',
        colorSuccess: colour.success,
        colorSuccessBg: '#eaf6ee',
        colorSuccessBorder: '#9fd3b0',
      }),
      colorBgLayout: colour.background,
      colorBgContainer: colour.surface,
      colorBorder: colour.borderStrong,
      colorBorderSecondary: colour.border,
      borderRadius: radius.md,
      fontFamily: 'var(--font-family)',
      fontSize: text.md * rem,
      lineHeight,
      controlHeight: touchTarget,
      motionDurationMid: '0.15s',
      // Told so, the components do not wait for the end of movements that style sheets have shortened to nothing.
      motion: !still,
    },
    // The accents of the dark appearance are light: what stands on them has to be dark.
    ...(mode === 'dark' && { components: { Button: { primaryColor: colour.onAccent, dangerColor: '#1a0808' } } }),
  };
}

/** Pixels of one rem, as the person has set the size of type in the browser. */
export const remOfBrowser = (): number => Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || REM;
