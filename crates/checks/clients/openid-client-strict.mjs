// openid-client (npm) as a web site with a key of its own uses it, unmodified: proves itself by private_key_jwt with keys that it publishes,
// pushes its requests, binds its tokens to a key, and reads ID tokens that are signed with ES256.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import * as client from "openid-client";
import { browse } from "./browser.mjs";

const {
  CAST_PUBLIC_URL: issuer,
  CLIENT_ID,
  REDIRECT_URI,
  JWKS_PORT,
} = process.env;

const { privateKey, publicKey } = await crypto.subtle.generateKey(
  { name: "ECDSA", namedCurve: "P-256" },
  true,
  ["sign", "verify"],
);
const jwk = {
  ...(await crypto.subtle.exportKey("jwk", publicKey)),
  kid: "site",
  use: "sig",
  alg: "ES256",
};
let fetched = 0;
const keys = createServer((_, answer) => {
  fetched += 1;
  answer
    .setHeader("content-type", "application/json")
    .end(JSON.stringify({ keys: [jwk] }));
}).listen(Number(JWKS_PORT), "127.0.0.1");

const config = await client.discovery(
  new URL(issuer),
  CLIENT_ID,
  { id_token_signed_response_alg: "ES256", use_mtls_endpoint_aliases: false },
  client.PrivateKeyJwt({ key: privateKey, kid: "site" }),
  { execute: [client.allowInsecureRequests] },
);
const metadata = config.serverMetadata();
assert(metadata.dpop_signing_alg_values_supported.includes("ES256"));
assert(metadata.pushed_authorization_request_endpoint);

const DPoP = client.getDPoPHandle(
  config,
  await client.randomDPoPKeyPair("ES256"),
);
const verifier = client.randomPKCECodeVerifier();
const [state, nonce] = [client.randomState(), client.randomNonce()];
const demand = {
  redirect_uri: REDIRECT_URI,
  scope: "openid profile offline_access",
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: "S256",
  state,
  nonce,
};
const address = await client.buildAuthorizationUrlWithPAR(config, demand, {
  DPoP,
});
assert.deepEqual([...address.searchParams.keys()].sort(), [
  "client_id",
  "request_uri",
]);
const back = await browse(address);
const checks = {
  pkceCodeVerifier: verifier,
  expectedState: state,
  expectedNonce: nonce,
  idTokenExpected: true,
};
const tokens = await client.authorizationCodeGrant(
  config,
  back,
  checks,
  undefined,
  { DPoP },
);
assert.equal(tokens.token_type, "dpop");
const { sub } = tokens.claims();
const person = await client.fetchUserInfo(config, tokens.access_token, sub, {
  DPoP,
});
assert.equal(person.sub, sub);

// Copied, the token is of no use: neither as a bearer token nor with another key.
const thief = client.getDPoPHandle(
  config,
  await client.randomDPoPKeyPair("ES256"),
);
await assert.rejects(client.fetchUserInfo(config, tokens.access_token, sub));
await assert.rejects(
  client.fetchUserInfo(config, tokens.access_token, sub, { DPoP: thief }),
);

const renewed = await client.refreshTokenGrant(
  config,
  tokens.refresh_token,
  undefined,
  { DPoP },
);
assert.equal(renewed.token_type, "dpop");
const seen = await client.tokenIntrospection(config, renewed.access_token);
assert.equal(seen.active, true);
assert(seen.cnf.jkt);
await client.tokenRevocation(config, renewed.refresh_token);
assert.equal(
  (await client.tokenIntrospection(config, renewed.access_token)).active,
  false,
);

// This client must push.
const plain = await browse(client.buildAuthorizationUrl(config, demand));
assert.equal(plain.searchParams.get("error"), "invalid_request");
assert.equal(fetched, 1, "keys are fetched once");
keys.close();
console.log(
  "openid-client: pushed, proved itself by its key, bound its tokens",
);
