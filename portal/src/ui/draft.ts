/** What somebody typed into a form, kept in this tab until it is saved. */
export function keptDraft<T>(name: string): Partial<T> {
  try {
    return JSON.parse(sessionStorage.getItem(name) ?? '{}') as Partial<T>;
  } catch {
    return {};
  }
}

export const keepDraft = (name: string, typed: unknown): void => sessionStorage.setItem(name, JSON.stringify(typed));

export const dropDraft = (name: string): void => sessionStorage.removeItem(name);
