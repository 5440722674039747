import { expect, test } from 'vitest';
import { holdsKeys, registrationOf, takesSignOuts, type Fields } from './client';

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

test('a client says how it proves itself, and nothing that is not for its kind', () => {
  const fields: Fields = {
    name: ' a ',
    kind: 'WEB',
    scopes: [],
    method: 'PRIVATE_KEY_JWT',
    jwks: ' {"keys":[]} ',
    idTokenAlgorithm: 'ES256',
    dpopOnly: true,
  };
  const chosen = {
    idTokenAlgorithm: 'ES256',
    pushedRequestsOnly: false,
    dpopOnly: true,
    pairwiseSubjects: false,
    deviceGrant: false,
  };
  const keys = { method: 'PRIVATE_KEY_JWT', jwks: '{"keys":[]}', jwksUri: '' };
  expect(registrationOf('WEB', fields)).toMatchObject({ authentication: keys, protocol: chosen });
  expect(registrationOf('MACHINE', fields)).toMatchObject({ authentication: keys });
  expect(registrationOf('MACHINE', fields)).not.toHaveProperty('protocol');
  expect(registrationOf('PUBLIC_APP', fields)).toMatchObject({ protocol: chosen });
  expect(registrationOf('PUBLIC_APP', fields)).not.toHaveProperty('authentication');
  // Keys that were typed before the choice was changed are not sent along.
  const secret = { method: 'CLIENT_SECRET', jwks: '', jwksUri: '' };
  expect(registrationOf('WEB', { ...fields, method: 'CLIENT_SECRET' })).toMatchObject({ authentication: secret });
});

test('a set of keys is told from what is none', () => {
  for (const right of ['', undefined, '{"keys":[]}', ' {"keys":[{"kty":"EC"}]} ']) expect(holdsKeys(right)).toBe(true);
  for (const wrong of ['{', '[]', 'null', '{"keys":{}}', '-----BEGIN PUBLIC KEY-----'])
    expect(holdsKeys(wrong), wrong).toBe(false);
});
