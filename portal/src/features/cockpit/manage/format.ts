import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { momentsIn } from '../../../ui/moment';

const timeZone = 'Asia/Shanghai';

/** Numbers, clock times and titles as the cockpit writes them. */
export function useCockpitFormat() {
  const { i18n } = useTranslation();
  const english = i18n.language === 'en';
  return useMemo(() => {
    const locale = english ? 'en-GB' : 'zh-CN';
    const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
    const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 });
    const short = new Intl.NumberFormat(english ? 'en' : 'zh-CN', { notation: 'compact', maximumFractionDigits: 1 });
    const clock = new Intl.DateTimeFormat(locale, {
      timeZone,
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hour12: false,
    });
    const date = new Intl.DateTimeFormat(locale, {
      timeZone,
      year: 'numeric',
      month: 'long',
      day: 'numeric',
      weekday: 'long',
    });
    return {
      english,
      number: (value: string | number) => number.format(Number(value)),
      /** 12.3万: for tiles and other narrow places. */
      short: (value: string | number) => short.format(Number(value)),
      /** What a long number comes to, `128.4万`; empty for one that is read at a glance. */
      about: (value: string | number) => (Number(value) >= 100_000 ? short.format(Number(value)) : ''),
      percent: (value: number) => percent.format(value),
      clock: (moment: string | number) => clock.format(new Date(moment)),
      /** 11/22 10:30 */
      brief: momentsIn(english ? 'en' : 'zh', () => new Date()).brief,
      date: (moment: string | number) => date.format(new Date(moment)),
      title: (named: { titleZh: string; titleEn: string }) => (english ? named.titleEn : named.titleZh),
    };
  }, [english]);
}
