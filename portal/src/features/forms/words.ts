import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { Words } from './definition';

/** The text of a form in the language of the reader; the Chinese where there is no English. */
export function useWords() {
  const { i18n } = useTranslation();
  const english = i18n.language === 'en';
  return useCallback((words: Words | undefined) => (english && words?.en ? words.en : (words?.zh ?? '')), [english]);
}

/** Today in China, as 20261129. */
export function todayInChina(now: Date): number {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' }).format(now);
  return Number(parts.replaceAll('-', ''));
}

/** How large a file is, in the words of the reader: `2.4 MB`. */
export function useFileSize() {
  const { i18n } = useTranslation();
  return useCallback(
    (bytes: number) => {
      const [value, unit] = bytes < 1024 * 1024 ? [Math.ceil(bytes / 1024), 'KB'] : [bytes / 1024 / 1024, 'MB'];
      return `${new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 1 }).format(value)} ${unit}`;
    },
    [i18n.language],
  );
}
