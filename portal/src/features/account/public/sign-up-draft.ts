import type { Sent } from './code-field';

/** An unfinished sign-up: a phone may discard the page while the message with the code is read. Never holds a password. */
export interface SignUpDraft {
  sent: Sent | null;
  fields: { address?: string; code?: string; displayName?: string; divisionCode?: string; agreed?: boolean };
}

const KEY = 'sign-up';
const nothing: SignUpDraft = { sent: null, fields: {} };

export function readSignUpDraft(): SignUpDraft {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Partial<SignUpDraft> | null;
    return { sent: kept?.sent ?? null, fields: kept?.fields ?? {} };
  } catch {
    return nothing;
  }
}

/** Field by field: whatever else the form holds, the password above all, stays out. */
export function saveSignUpDraft(sent: Sent | null, typed: SignUpDraft['fields']): void {
  const { address, code, displayName, divisionCode, agreed } = typed;
  sessionStorage.setItem(KEY, JSON.stringify({ sent, fields: { address, code, displayName, divisionCode, agreed } }));
}

export function discardSignUpDraft(): void {
  sessionStorage.removeItem(KEY);
}
