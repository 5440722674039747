import type { Locale } from 'antd/es/locale';
import i18next, { type BackendModule } from 'i18next';
import { initReactI18next } from 'react-i18next';

export type Language = 'zh' | 'en';

/** One file a room and language: `locales/zh/applications.json` is the namespace `applications`. Each is loaded when it is needed. */
const files = import.meta.glob<Record<string, unknown>>('../locales/*/*.json', { import: 'default' });

/** The words antd brings itself. */
const own = {
  zh: async () => (await import('antd/es/locale/zh_CN')).default,
  en: async () => (await import('antd/es/locale/en_US')).default,
};
const locales = new Map<string, Locale>();

const KEY = 'language';

/** What was chosen here; otherwise Chinese unless the browser asks for English before it asks for Chinese. */
export function firstLanguage(): Language {
  const chosen = localStorage.getItem(KEY);
  if (chosen === 'zh' || chosen === 'en') return chosen;
  const wanted = navigator.languages.find((tag) => /^(zh|en)\b/i.test(tag));
  return wanted?.toLowerCase().startsWith('en') ? 'en' : 'zh';
}

async function words(language: string, room: string): Promise<Record<string, unknown>> {
  const load = files[`../locales/${language}/${room}.json`];
  if (!load) throw new Error(`no words for ${room} in ${language}`);
  return load();
}

/** A language is there when its words for the room and antd's are. */
const backend: BackendModule = {
  type: 'backend',
  init: () => undefined,
  read(language, room, done) {
    const load = async () => {
      const [texts, locale] = await Promise.all([
        words(language, room),
        locales.get(language) ?? own[language as Language](),
      ]);
      locales.set(language, locale);
      return texts;
    };
    load().then(
      (texts) => done(null, texts),
      (error: unknown) => done(error instanceof Error ? error : new Error('no words'), null),
    );
  },
};

/** antd's words in a language that is there. */
export const antdWords = (language: string): Locale | undefined => locales.get(language);

function tell(language: string): void {
  document.documentElement.lang = language === 'en' ? 'en' : 'zh-CN';
}

/** Begins with one language; another is loaded when somebody switches to it. */
export const ready: Promise<void> = i18next
  .use(backend)
  .use(initReactI18next)
  .init({
    lng: firstLanguage(),
    // A test keeps both languages complete: there is nothing to fall back to.
    fallbackLng: false,
    ns: ['app'],
    defaultNS: 'app',
    interpolation: { escapeValue: false },
    returnNull: false,
  })
  .then(() => {
    tell(i18next.language);
    i18next.on('languageChanged', (language) => {
      localStorage.setItem(KEY, language);
      tell(language);
    });
  });

/** The words of some rooms. They are fetched beside the scripts of the page, not after them. */
export async function loadWords(rooms: readonly string[]): Promise<void> {
  const early = Promise.all(rooms.map((room) => words(firstLanguage(), room)));
  await ready;
  await early;
  await i18next.loadNamespaces([...rooms]);
}

/** Switches when the other language is there; says whether it came. */
export async function switchLanguage(to: Language): Promise<boolean> {
  try {
    const rooms = Object.keys(i18next.store.data[i18next.language] ?? {});
    await Promise.all([own[to](), ...rooms.map((room) => words(to, room))]);
  } catch {
    return false;
  }
  await i18next.changeLanguage(to);
  return true;
}
