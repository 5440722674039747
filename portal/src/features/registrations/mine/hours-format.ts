/** Minutes as hours with at most two decimals: 135 is 2.25. */
export function hoursOf(minutes: number, language: string): string {
  return new Intl.NumberFormat(language === 'en' ? 'en-GB' : 'zh-CN', { maximumFractionDigits: 2 }).format(
    minutes / 60,
  );
}
