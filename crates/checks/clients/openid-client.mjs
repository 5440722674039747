// openid-client (npm) as a web site uses it, unmodified: signs a person in, renews, looks at and revokes tokens, signs out.
import assert from 'node:assert/strict';
import * as client from 'openid-client';

const { CAST_PUBLIC_URL: issuer, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, POST_LOGOUT_URI, COOKIE } = process.env;

/** The person's browser: it has a session here, and stops at the first address that is not of the platform. */
async function browse(address) {
  let url = new URL(address, issuer);
  for (let hop = 0; hop < 10; hop += 1) {
    if (url.origin !== new URL(issuer).origin) return url;
    if (url.pathname === '/consent') url = await agree(url.searchParams.get('authorization'));
    const answer = await fetch(url, { redirect: 'manual', headers: { cookie: COOKIE, accept: 'text/html' } });
    const to = answer.headers.get('location');
    assert(to, `${url.pathname} answers ${answer.status}: ${await answer.text()}`);
    url = new URL(to, url);
  }
  throw new Error('the browser goes round in circles');
}

/** What the consent page does when the person agrees. */
async function agree(id) {
  const answer = await fetch(`${issuer}/v1/authorizations/${id}:decide`, {
    method: 'POST',
    headers: { cookie: COOKIE, origin: issuer, 'content-type': 'application/json' },
    body: JSON.stringify({ decision: 'CONSENT_GIVEN' }),
  });
  assert.equal(answer.status, 200, await answer.clone().text());
  return new URL((await answer.json()).continueAt, issuer);
}

const config = await client.discovery(new URL(issuer), CLIENT_ID, CLIENT_SECRET, undefined, {
  execute: [client.allowInsecureRequests],
});
const metadata = config.serverMetadata();
assert.equal(metadata.backchannel_logout_supported, true);

async function signIn(more) {
  const verifier = client.randomPKCECodeVerifier();
  const [state, nonce] = [client.randomState(), client.randomNonce()];
  const address = client.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT_URI,
    scope: 'openid profile phone',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...more,
  });
  const back = await browse(address);
  return client.authorizationCodeGrant(config, back, {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
    idTokenExpected: true,
  });
}

const tokens = await signIn({});
const { sub, sid } = tokens.claims();
assert(sub && sid);
const person = await client.fetchUserInfo(config, tokens.access_token, sub);
assert.match(person.phone_number, /^\+86199/);
assert.equal(person.phone_number_verified, true);

// In silence, the second time; and as the person of the hint.
const again = await signIn({ prompt: 'none', id_token_hint: tokens.id_token });
assert.equal(again.claims().sub, sub);

const renewed = await client.refreshTokenGrant(config, tokens.refresh_token);
assert.equal(renewed.claims().sub, sub);
assert.notEqual(renewed.refresh_token, tokens.refresh_token);
assert.equal((await client.tokenIntrospection(config, renewed.access_token)).active, true);

await client.tokenRevocation(config, renewed.refresh_token);
assert.equal((await client.tokenIntrospection(config, renewed.access_token)).active, false);
await assert.rejects(client.fetchUserInfo(config, renewed.access_token, sub));

// What the site gets told when it asks for what cannot be.
await assert.rejects(signIn({ prompt: 'none', max_age: '-1' }), { error: 'invalid_request' });

const away = client.buildEndSessionUrl(config, {
  id_token_hint: again.id_token,
  post_logout_redirect_uri: POST_LOGOUT_URI,
  state: 'bye',
});
assert.equal((await browse(away)).href, `${POST_LOGOUT_URI}?state=bye`);
await assert.rejects(client.fetchUserInfo(config, again.access_token, sub));
await assert.rejects(signIn({ prompt: 'none' }), { error: 'login_required' });
console.log(`openid-client: signed in, renewed, revoked, signed out`);
