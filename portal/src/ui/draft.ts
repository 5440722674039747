/** What somebody typed into a form, kept in this tab until it is saved. */
export function readDraft<T>(name: string): Partial<T> {
  try {
    return JSON.parse(sessionStorage.getItem(name) ?? '{}') as Partial<T>;
  } catch {
    return {};
  }
}

export const saveDraft = (name: string, typed: unknown): void => sessionStorage.setItem(name, JSON.stringify(typed));

export const discardDraft = (name: string): void => sessionStorage.removeItem(name);
