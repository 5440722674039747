// openid-client (npm) as a web site uses it, unmodified: signs a person in, renews, looks at and revokes tokens, signs out.
import assert from "node:assert/strict";
import * as client from "openid-client";
import { browse } from "./browser.mjs";

const {
  CAST_PUBLIC_URL: issuer,
  CLIENT_ID,
  CLIENT_SECRET,
  REDIRECT_URI,
  POST_LOGOUT_URI,
} = process.env;

const config = await client.discovery(
  new URL(issuer),
  CLIENT_ID,
  CLIENT_SECRET,
  undefined,
  {
    execute: [client.allowInsecureRequests],
  },
);
const metadata = config.serverMetadata();
assert.equal(metadata.backchannel_logout_supported, true);

async function signIn(more) {
  const verifier = client.randomPKCECodeVerifier();
  const [state, nonce] = [client.randomState(), client.randomNonce()];
  const address = client.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT_URI,
    scope: "openid profile phone",
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
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
const again = await signIn({ prompt: "none", id_token_hint: tokens.id_token });
assert.equal(again.claims().sub, sub);

const renewed = await client.refreshTokenGrant(config, tokens.refresh_token);
assert.equal(renewed.claims().sub, sub);
assert.notEqual(renewed.refresh_token, tokens.refresh_token);
assert.equal(
  (await client.tokenIntrospection(config, renewed.access_token)).active,
  true,
);

await client.tokenRevocation(config, renewed.refresh_token);
assert.equal(
  (await client.tokenIntrospection(config, renewed.access_token)).active,
  false,
);
await assert.rejects(client.fetchUserInfo(config, renewed.access_token, sub));

// What the site gets told when it asks for what cannot be.
await assert.rejects(signIn({ prompt: "none", max_age: "-1" }), {
  error: "invalid_request",
});

const away = client.buildEndSessionUrl(config, {
  id_token_hint: again.id_token,
  post_logout_redirect_uri: POST_LOGOUT_URI,
  state: "bye",
});
assert.equal((await browse(away)).href, `${POST_LOGOUT_URI}?state=bye`);
await assert.rejects(client.fetchUserInfo(config, again.access_token, sub));
await assert.rejects(signIn({ prompt: "none" }), { error: "login_required" });
console.log(`openid-client: signed in, renewed, revoked, signed out`);
