import type { Locale } from 'antd/es/locale';
import i18next, { type BackendModule } from 'i18next';
import { initReactI18next } from 'react-i18next';

export type Language = 'zh' | 'en';

/**
 * Words lie with what shows them: `features/applications/locales/zh/applications.json` is the namespace `applications`. Each file is
 * loaded when a page needs it.
 */
const loaders = import.meta.glob<Record<string, unknown>>(['../*/locales/*/*.json', '../features/*/locales/*/*.json'], {
  import: 'default',
});

/** Loaders by `zh/applications`. */
const files = new Map(
  Object.entries(loaders).map(([file, load]) => [file.split('/').slice(-2).join('/').replace('.json', ''), load]),
);

/** The words antd brings itself. */
const antdLocales = {
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

async function loadFile(language: string, namespace: string): Promise<Record<string, unknown>> {
  const load = files.get(`${language}/${namespace}`);
  if (!load) throw new Error(`no loadFile for ${namespace} in ${language}`);
  return load();
}

/** A language is there when its words for the namespace and antd's are. */
const backend: BackendModule = {
  type: 'backend',
  init: () => undefined,
  read(language, namespace, done) {
    const load = async () => {
      const [texts, locale] = await Promise.all([
        loadFile(language, namespace),
        locales.get(language) ?? antdLocales[language as Language](),
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
export const antdLocale = (language: string): Locale | undefined => locales.get(language);

function setDocumentLanguage(language: string): void {
  document.documentElement.lang = language === 'en' ? 'en' : 'zh-CN';
}

/** Starts with one language; the other is loaded on the first switch. */
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
    setDocumentLanguage(i18next.language);
    i18next.on('languageChanged', (language) => {
      localStorage.setItem(KEY, language);
      setDocumentLanguage(language);
    });
  });

/**
 * A site that sends a person here suggests languages, the preferred first (BCP 47). The first one that there is holds for this page, unless
 * the person has chosen one.
 */
export async function suggestLanguage(tags: readonly string[]): Promise<void> {
  const wanted = tags.map((tag) => tag.toLowerCase().split('-')[0]).find((tag) => tag === 'zh' || tag === 'en');
  if (!wanted || wanted === i18next.language || localStorage.getItem(KEY)) return;
  await switchLanguage(wanted);
  // A suggestion is no choice.
  localStorage.removeItem(KEY);
}

/** The words of some namespaces. They are fetched beside the scripts of the page, not after them. */
export async function loadNamespaces(namespaces: readonly string[]): Promise<void> {
  const early = Promise.all(namespaces.map((namespace) => loadFile(firstLanguage(), namespace)));
  await ready;
  await early;
  await i18next.loadNamespaces([...namespaces]);
}

/** Switches when the other language is there; says whether it came. */
export async function switchLanguage(to: Language): Promise<boolean> {
  try {
    const namespaces = Object.keys(i18next.store.data[i18next.language] ?? {});
    await Promise.all([antdLocales[to](), ...namespaces.map((namespace) => loadFile(to, namespace))]);
  } catch {
    return false;
  }
  await i18next.changeLanguage(to);
  return true;
}
