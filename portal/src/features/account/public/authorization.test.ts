import { expect, test } from 'vitest';
import { afterSignIn, goesTo, parametersOf } from './authorization';

const search = new URLSearchParams(
  'client_id=a&redirect_uri=https%3A%2F%2Fsite.example%2Fcb&scope=openid&state=s%26t&response_mode=query&max_age=0&prompt=login',
);

test('what the site asks for is passed on, the way to answer included', () => {
  expect(parametersOf(search)).toEqual({
    clientId: 'a',
    redirectUri: 'https://site.example/cb',
    scope: 'openid',
    state: 's&t',
    responseMode: 'query',
    maxAge: '0',
  });
});

test('after signing in the request asks for no other sign-in', () => {
  const next = new URL(afterSignIn(search), 'https://cast.example');
  expect(next.pathname).toBe('/oauth2/authorize');
  expect(next.searchParams.has('max_age')).toBe(false);
  expect(next.searchParams.has('prompt')).toBe(false);
  expect(next.searchParams.get('state')).toBe('s&t');
});

test.each([
  ['https://site.example/cb?code=1', 'site'],
  ['http://127.0.0.1:4711/cb?code=1', 'site'],
  ['com.example.app:/callback?code=1', 'app'],
  ['javascript:alert(1)', 'nowhere'],
  ['data:text/html,a.b', 'nowhere'],
  ['/me', 'nowhere'],
  ['', 'nowhere'],
])('%s goes to: %s', (address, where) => {
  expect(goesTo(address)).toBe(where);
});
