// The person's browser, for scripts that play a site.
import assert from "node:assert/strict";

const { CAST_PUBLIC_URL: issuer, COOKIE } = process.env;

/** It has a session here, and stops at the first address that is not of the platform. */
export async function browse(address) {
  let url = new URL(address, issuer);
  for (let hop = 0; hop < 10; hop += 1) {
    if (url.origin !== new URL(issuer).origin) return url;
    if (url.pathname === "/consent")
      url = await agree(url.searchParams.get("authorization"));
    const answer = await fetch(url, {
      redirect: "manual",
      headers: { cookie: COOKIE, accept: "text/html" },
    });
    const to = answer.headers.get("location");
    assert(
      to,
      `${url.pathname} answers ${answer.status}: ${await answer.text()}`,
    );
    url = new URL(to, url);
  }
  throw new Error("the browser goes round in circles");
}

/** What the consent page does when the person agrees. */
async function agree(id) {
  const answer = await fetch(`${issuer}/v1/authorizations/${id}:decide`, {
    method: "POST",
    headers: {
      cookie: COOKIE,
      origin: issuer,
      "content-type": "application/json",
    },
    body: JSON.stringify({ decision: "CONSENT_GIVEN" }),
  });
  assert.equal(answer.status, 200, await answer.clone().text());
  return new URL((await answer.json()).continueAt, issuer);
}
