import { expect, test } from 'vitest';
import openapi from '../api/openapi.json';
import en from './locales/en/app.json';
import zh from './locales/zh/app.json';

const schemas = openapi.components.schemas as Record<string, object> as Record<string, { enum?: string[] }>;

test.each([
  ['zh', zh],
  ['en', en],
])('%s has a word for every value of the contract, and for nothing else', (_, words) => {
  for (const [name, labels] of Object.entries(words.enum)) {
    const values = Object.keys(labels).filter((key) => !/_(card|staff)$/.test(key));
    expect(values.sort(), name).toEqual([...(schemas[name]?.enum ?? [])].sort());
  }
});
