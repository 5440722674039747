import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

/** Business happens in China: every moment is shown as the clock stands there. */
const timeZone = 'Asia/Shanghai';

/** Moments in words. */
export function useMoment() {
  const { i18n } = useTranslation();
  const locale = i18n.language === 'en' ? 'en-GB' : 'zh-CN';
  return useMemo(() => {
    const day = new Intl.DateTimeFormat(locale, { timeZone, year: 'numeric', month: 'long', day: 'numeric' });
    const full = new Intl.DateTimeFormat(locale, {
      timeZone,
      month: 'long',
      day: 'numeric',
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hour12: false,
    });
    const hour = new Intl.DateTimeFormat(locale, { timeZone, hour: '2-digit', minute: '2-digit', hour12: false });
    const exact = new Intl.DateTimeFormat(locale, { timeZone, dateStyle: 'medium', timeStyle: 'short' });
    return {
      /** `2026年11月22日` */
      day: (moment: string) => day.format(new Date(moment)),
      /** `2026年11月22日 14:00` */
      exact: (moment: string) => exact.format(new Date(moment)),
      /** `11月22日周日 14:00 – 17:00` */
      range: (from: string | undefined, to: string | undefined) =>
        from && to
          ? `${full.format(new Date(from))} – ${day.format(new Date(from)) === day.format(new Date(to)) ? hour.format(new Date(to)) : full.format(new Date(to))}`
          : '',
    };
  }, [locale]);
}

/** Days that have no hour, `YYYY-MM-DD`, in words. */
export function useDay() {
  const { i18n } = useTranslation();
  const locale = i18n.language === 'en' ? 'en-GB' : 'zh-CN';
  return useMemo(() => {
    const day = new Intl.DateTimeFormat(locale, { timeZone: 'UTC', year: 'numeric', month: 'long', day: 'numeric' });
    return (date: string) => (/^\d{4}-\d{2}-\d{2}$/.test(date) ? day.format(new Date(`${date}T00:00:00Z`)) : date);
  }, [locale]);
}
