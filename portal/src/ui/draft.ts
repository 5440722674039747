/** The unsaved fields of a form, kept in this tab until they are saved. */
export function readDraft<T>(name: string): Partial<T> {
  try {
    return JSON.parse(sessionStorage.getItem(name) ?? '{}') as Partial<T>;
  } catch {
    return {};
  }
}

export const saveDraft = (name: string, typed: unknown): void => sessionStorage.setItem(name, JSON.stringify(typed));

export const discardDraft = (name: string): void => sessionStorage.removeItem(name);
