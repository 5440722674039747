import { beforeEach, expect, test } from 'vitest';
import { discardSignUpDraft, readSignUpDraft, saveSignUpDraft } from './sign-up-draft';

beforeEach(() => sessionStorage.clear());

const sent = { codeId: 'c', address: 'a@b.example', resendAt: 1 };
const typed = { address: 'a@b.example', code: '123456', displayName: '小林', divisionCode: '110000', agreed: true };

test('what was typed and what was sent comes back', () => {
  saveSignUpDraft(sent, typed);
  expect(readSignUpDraft()).toEqual({ sent, fields: typed });
  discardSignUpDraft();
  expect(readSignUpDraft()).toEqual({ sent: null, fields: {} });
});

test('a password is never kept', () => {
  saveSignUpDraft(sent, { ...typed, password: 'secret words' } as typeof typed);
  expect(JSON.stringify(Object.entries(sessionStorage))).not.toContain('secret');
});

test('what cannot be read is nothing', () => {
  sessionStorage.setItem('sign-up', '{');
  expect(readSignUpDraft()).toEqual({ sent: null, fields: {} });
});
