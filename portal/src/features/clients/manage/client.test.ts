import { expect, test } from 'vitest';
import { takesSignOuts } from './client';

test('sites are told of sign-outs by https at the default port', () => {
  const platform = 'wskx.example.cn';
  for (const right of ['', undefined, 'https://site.example.cn/logout', ' https://site.example.cn/logout '])
    expect(takesSignOuts(right, platform)).toBe(true);
  for (const wrong of [
    'http://site.example.cn/logout',
    'https://site.example.cn:8443/logout',
    'http://localhost:3000/logout',
    'ftp://site.example.cn/',
    'site.example.cn',
    'https://',
  ])
    expect(takesSignOuts(wrong, platform), wrong).toBe(false);
});

test('a platform for development tells sites on the same machine', () => {
  for (const right of ['http://localhost:3000/logout', 'http://127.0.0.1:3000/', 'https://site.example.cn:8443/'])
    expect(takesSignOuts(right, 'localhost'), right).toBe(true);
  for (const wrong of ['http://localhost/logout', 'http://site.example.cn:3000/'])
    expect(takesSignOuts(wrong, 'localhost'), wrong).toBe(false);
});
