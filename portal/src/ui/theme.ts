import { theme, type ThemeConfig } from 'antd';
import { colours, lineHeight, onDanger, radius, REM, soft, text, touchTarget, type Mode } from './tokens';

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
      // The lighter shade that is derived otherwise is too faint for letters under the pointer.
      colorErrorHover: colour.danger,
      ...(mode === 'light' && {
        colorInfoBg: soft.accent,
        colorInfoBorder: soft.accentEdge,
        colorPrimaryBg: soft.accent,
        colorWarningBg: soft.warning,
        colorWarningBorder: soft.warningEdge,
        colorSuccess: colour.success,
        colorSuccessBg: soft.success,
        colorSuccessBorder: soft.successEdge,
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
    ...(mode === 'dark' && { components: { Button: { primaryColor: colour.onAccent, dangerColor: onDanger } } }),
  };
}

/** Pixels of one rem, as the person has set the size of type in the browser. */
export const remOfBrowser = (): number => Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || REM;
