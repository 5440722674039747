import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';

/** One file a room and language: `locales/zh/applications.json` is the namespace `applications`. */
const files = import.meta.glob<Record<string, unknown>>('../locales/*/*.json', { eager: true, import: 'default' });

const resources: Record<string, Record<string, Record<string, unknown>>> = {};
for (const [path, texts] of Object.entries(files)) {
  const [language, file] = path.split('/').slice(-2);
  if (language && file) (resources[language] ??= {})[file.replace('.json', '')] = texts;
}

const KEY = 'language';

function first(): 'zh' | 'en' {
  const chosen = localStorage.getItem(KEY);
  if (chosen === 'zh' || chosen === 'en') return chosen;
  // Chinese unless the browser asks for English before it asks for Chinese.
  const wanted = navigator.languages.find((tag) => /^(zh|en)\b/i.test(tag));
  return wanted?.toLowerCase().startsWith('en') ? 'en' : 'zh';
}

function tell(language: string): void {
  document.documentElement.lang = language === 'en' ? 'en' : 'zh-CN';
}

export async function startI18n(): Promise<void> {
  await i18next.use(initReactI18next).init({
    resources,
    lng: first(),
    fallbackLng: 'zh',
    defaultNS: 'app',
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  tell(i18next.language);
  i18next.on('languageChanged', (language) => {
    localStorage.setItem(KEY, language);
    tell(language);
  });
}
