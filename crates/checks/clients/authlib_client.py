"""Authlib (PyPI) as a web site uses it, unmodified: signs a person in by both ways of answering, renews, looks at and revokes tokens."""

import os

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebToken, JsonWebKey
from authlib.oidc.core import CodeIDToken
from person import browse

ISSUER = os.environ["CAST_PUBLIC_URL"]
CALLBACK = os.environ["REDIRECT_URI"]
CLIENT = os.environ["CLIENT_ID"]


metadata = requests.get(f"{ISSUER}/.well-known/openid-configuration", timeout=20).json()
assert metadata["issuer"] == ISSUER
keys = JsonWebKey.import_key_set(requests.get(metadata["jwks_uri"], timeout=20).json())

for method in ("client_secret_basic", "client_secret_post"):
    for mode in ("query", "form_post"):
        site = OAuth2Session(
            CLIENT,
            os.environ["CLIENT_SECRET"],
            scope="openid profile offline_access",
            redirect_uri=CALLBACK,
            code_challenge_method="S256",
            token_endpoint_auth_method=method,
            revocation_endpoint_auth_method=method,
        )
        verifier, nonce = generate_token(48), generate_token(20)
        address, state = site.create_authorization_url(
            metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce, response_mode=mode
        )
        back = browse(address)
        assert back.startswith(CALLBACK)
        token = site.fetch_token(
            metadata["token_endpoint"], authorization_response=back, state=state, code_verifier=verifier
        )
        claims = JsonWebToken(["RS256"]).decode(
            token["id_token"],
            keys,
            claims_cls=CodeIDToken,
            claims_options={"iss": {"value": ISSUER}, "aud": {"value": CLIENT}},
            claims_params={"nonce": nonce, "client_id": CLIENT, "access_token": token["access_token"]},
        )
        claims.validate(leeway=5)
        person = site.get(metadata["userinfo_endpoint"]).json()
        assert person["sub"] == claims["sub"] and person["name"]
        posted = requests.post(metadata["userinfo_endpoint"], data={"access_token": token["access_token"]}, timeout=20)
        assert posted.json() == person
        first = token["refresh_token"]
        token = site.refresh_token(metadata["token_endpoint"], refresh_token=first)
        assert token["refresh_token"] != first
        seen = site.introspect_token(metadata["introspection_endpoint"], token=token["access_token"]).json()
        assert seen["active"] and seen["sub"] == claims["sub"]
        assert site.revoke_token(metadata["revocation_endpoint"], token=token["refresh_token"]).status_code == 200
        assert site.get(metadata["userinfo_endpoint"]).status_code == 401

print("authlib: signed in four times, renewed, revoked")
