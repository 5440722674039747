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
