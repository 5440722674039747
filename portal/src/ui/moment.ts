import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

/** Business happens in China: every moment is shown as the clock stands there. */
const timeZone = 'Asia/Shanghai';

/** Moments in words. A year other than the current one is always shown. */
export function momentsIn(language: string, now: () => Date) {
  const locale = language === 'en' ? 'en-GB' : 'zh-CN';
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { timeZone, hour12: false, ...options });
  const clock = { hour: '2-digit', minute: '2-digit' } as const;
  const near = { month: 'long', day: 'numeric', weekday: 'short', ...clock } as const;
  const brief = { month: 'numeric', day: 'numeric', ...clock } as const;
  const formats = {
    day: format({ year: 'numeric', month: 'long', day: 'numeric' }),
    exact: format({ dateStyle: 'medium', timeStyle: 'short' }),
    hour: format(clock),
    near: format(near),
    far: format({ year: 'numeric', ...near }),
    brief: format(brief),
    briefFar: format({ year: 'numeric', ...brief }),
    year: new Intl.DateTimeFormat('en', { timeZone, year: 'numeric' }),
  };
  const day = (moment: string) => formats.day.format(new Date(moment));
  const thisYear = (moment: string) => formats.year.format(new Date(moment)) === formats.year.format(now());
  const full = (moment: string) => formats[thisYear(moment) ? 'near' : 'far'].format(new Date(moment));
  return {
    /** `2026年11月22日` */
    day,
    /** `2026年11月22日 14:00` */
    exact: (moment: string) => formats.exact.format(new Date(moment)),
    /** `11/22 14:00`, for narrow places */
    brief: (moment: string) => formats[thisYear(moment) ? 'brief' : 'briefFar'].format(new Date(moment)),
    /** `11月22日周日 14:00 – 17:00`; `2027年3月1日周一 …` of another year */
    range: (from: string | undefined, to: string | undefined) =>
      from && to ? `${full(from)} – ${day(from) === day(to) ? formats.hour.format(new Date(to)) : full(to)}` : '',
  };
}

export function useMoment() {
  const { i18n } = useTranslation();
  return useMemo(() => momentsIn(i18n.language, () => new Date()), [i18n.language]);
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
