//! A third-party site signs the scientist in: OpenID Connect, authorization code with PKCE.

use anyhow::{Context as _, Result, ensure};
use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{visitor::text, world::World};

const REDIRECT: &str = "http://localhost:9/callback";

#[derive(Deserialize)]
struct IdToken {
    sub: String,
    nonce: String,
    person_number: Option<String>,
}

pub async fn third_party(world: &mut World) -> Result<String> {
    let mut administrator = world
        .demo
        .staff(&world.scientist, "organisation.administrator", "B-20")
        .await?;
    let request = json!({
        "kind": "WEB",
        "name": format!("学术社区 {}", world.run),
        "scopes": ["openid", "profile", "person_number"],
        "redirectUris": [REDIRECT],
    });
    let path = format!("/v1/organisations/{}/clients", world.organisation_id);
    let created = administrator.post(&path, request).await?;
    let client_id = text(&created["client"], "clientId")?.to_owned();
    let secret = text(&created, "clientSecret")?.to_owned();

    let mut site = world.scientist.stranger();
    let metadata = site.get("/.well-known/openid-configuration").await?;
    ensure!(
        metadata["code_challenge_methods_supported"] == json!(["S256"]),
        "no PKCE in {metadata}"
    );
    let authorize = text(&metadata, "authorization_endpoint")?.to_owned();
    let verifier = format!("{0}{0}{0}{0}", world.run);
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
    let parameters = |redirect: &str| {
        let mut url = Url::parse(&authorize)?;
        url.query_pairs_mut()
            .append_pair("client_id", &client_id)
            .append_pair("redirect_uri", redirect)
            .append_pair("response_type", "code")
            .append_pair("scope", "openid profile person_number")
            .append_pair("state", "st&te")
            .append_pair("nonce", &world.run)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        anyhow::Ok(url)
    };

    let evil = world
        .scientist
        .clone()
        .try_get(parameters("http://evil.example/")?.as_str())
        .await?;
    ensure!(
        evil.status == 400 && evil.location.is_none(),
        "an unregistered address was followed"
    );
    let anonymous = site.try_get(parameters(REDIRECT)?.as_str()).await?;
    let to = anonymous.location.unwrap_or_default();
    ensure!(
        to.starts_with("/sign-in?"),
        "without a session it leads to {to}"
    );
    let asked = world
        .scientist
        .try_get(parameters(REDIRECT)?.as_str())
        .await?;
    let to = asked.location.unwrap_or_default();
    ensure!(
        to.starts_with("/consent?"),
        "before consent it leads to {to}"
    );

    let consent = json!({
        "parameters": {
            "clientId": client_id, "redirectUri": REDIRECT, "responseType": "code",
            "scope": "openid profile person_number", "state": "st&te", "nonce": world.run,
            "codeChallenge": challenge, "codeChallengeMethod": "S256",
        },
        "consent": "GIVEN",
    });
    let agreed = world.scientist.post("/v1/authorizations", consent).await?;
    code_from(text(&agreed, "redirectTo")?)?;
    // The second time the consent exists, and the browser is redirected at once.
    let straight = world
        .scientist
        .try_get(parameters(REDIRECT)?.as_str())
        .await?;
    let code = code_from(&straight.location.unwrap_or_default())?;

    let form = |verifier: &str| {
        [
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.clone()),
            ("redirect_uri", REDIRECT.to_owned()),
            ("code_verifier", verifier.to_owned()),
        ]
    };
    let exchange = |verifier: &str| {
        let request = site.request(reqwest::Method::POST, "/oauth2/token");
        request
            .basic_auth(&client_id, Some(&secret))
            .form(&form(verifier))
    };
    let (right, again) = (exchange(&verifier), exchange(&verifier));
    let tokens = site.send(right).await?;
    ensure!(
        tokens.status == 200,
        "no tokens: {} {}",
        tokens.status,
        tokens.body
    );

    let id_token = text(&tokens.body, "id_token")?.to_owned();
    let claims = verify(
        &site.get(text(&metadata, "jwks_uri")?).await?,
        &id_token,
        world.scientist.base(),
        &client_id,
    )?;
    ensure!(claims.nonce == world.run, "the nonce is another");
    let mut signed_in = site.with_token(text(&tokens.body, "access_token")?);
    let info = signed_in.get("/oauth2/userinfo").await?;
    ensure!(
        info["sub"] == claims.sub.as_str(),
        "userinfo is about another person"
    );
    ensure!(
        info["person_number"] == world.person_number.as_str(),
        "userinfo: {info}"
    );
    ensure!(
        claims
            .person_number
            .is_none_or(|number| number == world.person_number),
        "another person number"
    );
    let elsewhere = signed_in.try_get("/v1/me").await?;
    ensure!(
        elsewhere.status == 401,
        "the site's token opens the platform's own API: {}",
        elsewhere.status
    );
    // Who sends it again may have stolen it: the tokens that it gave end as well (RFC 6749 section 4.1.2).
    let reused = site.send(again).await?;
    ensure!(
        reused.status == 400 && reused.body["error"] == "invalid_grant",
        "the code works twice: {}",
        reused.body
    );
    let ended = signed_in.try_get("/oauth2/userinfo").await?;
    ensure!(
        ended.status == 401,
        "a stolen code leaves its tokens alive: {}",
        ended.status
    );
    Ok("consent asked once, code exchanged once, id_token verified with the published keys, userinfo agrees".to_owned())
}

fn code_from(address: &str) -> Result<String> {
    let url = Url::parse(address).with_context(|| format!("not an address: {address}"))?;
    let find = |name: &str| {
        url.query_pairs()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    ensure!(
        find("state").as_deref() == Some("st&te"),
        "the state is another: {address}"
    );
    ensure!(find("iss").is_some(), "no iss in the response (RFC 9207)");
    find("code").with_context(|| format!("no code in {address}"))
}

fn verify(keys: &Value, token: &str, issuer: &str, client_id: &str) -> Result<IdToken> {
    let keys: JwkSet = serde_json::from_value(keys.clone())?;
    let header = jsonwebtoken::decode_header(token)?;
    let kid = header.kid.context("the id_token names no key")?;
    let key = DecodingKey::from_jwk(keys.find(&kid).context("the key is not published")?)?;
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[client_id]);
    Ok(jsonwebtoken::decode(token, &key, &validation)?.claims)
}
