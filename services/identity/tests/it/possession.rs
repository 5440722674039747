//! Tokens that are bound to a key (DPoP, RFC 9449). Tests whose names begin with `fapi2` check what the module of that name of the OpenID
//! conformance suite checks.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use identity::sign_on::rules::s256;
use proto_identity::v1::{self as wire, client::Kind};
use serde_json::{Value, json};
use time::Duration;

use crate::{
    authorizations::{agreed, begin},
    client_authentication::{administrator, web},
    sign_on::{Site, issue, query, userinfo},
    signer::Signer,
    world::{Browser, World},
};

const TOKEN: (&str, &str) = ("POST", "/oauth2/token");
const USERINFO: (&str, &str) = ("GET", "/oauth2/userinfo");

async fn client(world: &World, kind: Kind, dpop_only: bool) -> Site {
    let message = wire::CreateClientRequest {
        kind: kind.into(),
        protocol: Some(wire::ClientProtocol {
            dpop_only,
            ..Default::default()
        }),
        ..web(world)
    };
    Site::registered(&administrator(world).await, message).await
}

/// A request for tokens of a new sign-in, with this proof.
async fn exchange(
    browser: &Browser,
    site: &Site,
    more: &[(&str, &str)],
    proof: String,
) -> wire::IssueTokenRequest {
    agreed(browser, site).await;
    let answer = begin(browser, site, more).await;
    wire::IssueTokenRequest {
        dpop_proof: proof,
        ..site.exchange(&query(&answer.redirect_to)["code"])
    }
}

async fn info(world: &World, token: &str, proof: Option<String>) -> wire::GetUserInfoResponse {
    let gateway = world.browser();
    let message = wire::GetUserInfoRequest {
        access_token: token.into(),
        dpop: proof.is_some(),
        dpop_proof: proof.unwrap_or_default(),
        http_method: "GET".into(),
    };
    let request = gateway.via_gateway(message);
    let answer = gateway.sign_on().get_user_info(request).await;
    answer.unwrap().into_inner()
}

async fn introspected(world: &World, site: &Site, token: &str) -> Value {
    let gateway = world.browser();
    let message = wire::IntrospectTokenRequest {
        client_id: site.id.clone(),
        client_secret: site.secret.clone(),
        token: token.into(),
        ..Default::default()
    };
    let request = gateway.via_gateway(message);
    let answer = gateway.sign_on().introspect_token(request).await.unwrap();
    serde_json::from_str(&answer.into_inner().claims_json).unwrap()
}

#[tokio::test]
async fn fapi2_dpop_bound_token_is_used_with_a_proof_of_its_key_alone() {
    let world = World::new().await;
    let site = client(&world, Kind::Web, false).await;
    let (browser, account) = world.verified(1).await;
    let (signer, other) = (Signer::new("a"), Signer::new("b"));
    let now = world.clock.now();
    let proof = signer.proof(TOKEN, now, json!({}));
    let tokens = issue(&world, exchange(&browser, &site, &[], proof).await).await;
    assert_eq!(
        (tokens.error.as_str(), tokens.token_type.as_str()),
        ("", "DPoP")
    );
    let token = tokens.access_token.as_str();
    let payload = BASE64.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!(claims["cnf"], json!({ "jkt": signer.thumbprint() }));
    let state = introspected(&world, &site, token).await;
    assert_eq!(
        (&state["token_type"], &state["cnf"]),
        (&json!("DPoP"), &claims["cnf"])
    );

    let ath = json!({ "ath": s256(token) });
    let proof = signer.proof(USERINFO, now, ath.clone());
    let told = info(&world, token, Some(proof.clone())).await;
    let told: Value = serde_json::from_str(&told.claims_json).unwrap();
    assert_eq!(told["sub"], account.person_id);
    // The same proof again, none, one of another key, for another token, address, method and time.
    for (bad, error) in [
        (Some(proof), "invalid_dpop_proof"),
        (None, ""),
        (Some(String::new()), "invalid_dpop_proof"),
        (
            Some(other.proof(USERINFO, now, ath.clone())),
            "invalid_dpop_proof",
        ),
        (
            Some(signer.proof(USERINFO, now, json!({}))),
            "invalid_dpop_proof",
        ),
        (
            Some(signer.proof(USERINFO, now, json!({ "ath": s256("x") }))),
            "invalid_dpop_proof",
        ),
        (
            Some(signer.proof(TOKEN, now, ath.clone())),
            "invalid_dpop_proof",
        ),
        (
            Some(signer.proof(USERINFO, now - Duration::minutes(3), ath.clone())),
            "invalid_dpop_proof",
        ),
    ] {
        let told = info(&world, token, bad.clone()).await;
        assert_eq!(
            (told.claims_json.as_str(), told.error.as_str()),
            ("", error),
            "{bad:?}"
        );
    }
    // One that is not bound is not used as one that is.
    let plain = issue(&world, exchange(&browser, &site, &[], String::new()).await).await;
    assert_eq!(plain.token_type, "Bearer");
    let ath = json!({ "ath": s256(&plain.access_token) });
    let proof = signer.proof(USERINFO, now, ath);
    assert_eq!(
        info(&world, &plain.access_token, Some(proof))
            .await
            .claims_json,
        ""
    );
    assert!(userinfo(&world, &plain.access_token).await.is_some());
}

#[tokio::test]
async fn fapi2_dpop_negative_proofs_at_the_token_endpoint() {
    let world = World::new().await;
    let site = client(&world, Kind::Web, false).await;
    let (browser, _) = world.verified(1).await;
    let signer = Signer::new("a");
    let now = world.clock.now();
    let used = signer.proof(TOKEN, now, json!({}));
    let message = exchange(&browser, &site, &[], used.clone()).await;
    assert_eq!(issue(&world, message).await.error, "");
    let claims = json!({
        "htm": "POST", "htu": "https://wskx.example.cn/oauth2/token", "iat": now.unix_timestamp(), "jti": "x",
    });
    let header = |typ: &str, alg: &str, jwk: Value| json!({ "typ": typ, "alg": alg, "jwk": jwk });
    let mut private = signer.jwk();
    private["d"] = json!("AA");
    let others = Signer::new("b").jwk();
    for proof in [
        used,
        "no proof".to_owned(),
        signer.sign(&header("JWT", "ES256", signer.jwk()), &claims),
        signer.sign(&header("dpop+jwt", "none", signer.jwk()), &claims),
        signer.sign(&header("dpop+jwt", "HS256", signer.jwk()), &claims),
        signer.sign(&header("dpop+jwt", "ES256", private), &claims),
        signer.sign(&header("dpop+jwt", "ES256", others), &claims),
        signer.sign(&json!({ "typ": "dpop+jwt", "alg": "ES256" }), &claims),
        signer.proof(("GET", "/oauth2/token"), now, json!({})),
        signer.proof(("POST", "/oauth2/par"), now, json!({})),
        signer.proof(TOKEN, now, json!({ "iat": now.unix_timestamp() + 100 })),
        signer.proof(TOKEN, now, json!({ "jti": null })),
    ] {
        let message = exchange(&browser, &site, &[], proof.clone()).await;
        assert_eq!(
            issue(&world, message.clone()).await.error,
            "invalid_dpop_proof",
            "{proof}"
        );
        // The code is still good: nothing was proven against it.
        let good = wire::IssueTokenRequest {
            dpop_proof: signer.proof(TOKEN, now, json!({})),
            ..message
        };
        assert_eq!(issue(&world, good).await.error, "");
    }
}

#[tokio::test]
async fn a_refresh_token_of_an_app_is_bound_and_one_of_a_site_is_not() {
    let world = World::new().await;
    let (browser, _) = world.verified(1).await;
    let (signer, other) = (Signer::new("a"), Signer::new("b"));
    let now = world.clock.now();
    for kind in [Kind::PublicApp, Kind::Web] {
        let site = client(&world, kind, false).await;
        let first = signer.proof(TOKEN, now, json!({}));
        let tokens = issue(&world, exchange(&browser, &site, &[], first).await).await;
        let refresh = |proof: String, token: &str| wire::IssueTokenRequest {
            grant_type: "refresh_token".into(),
            client_id: site.id.clone(),
            client_secret: site.secret.clone(),
            refresh_token: token.into(),
            dpop_proof: proof,
            ..Default::default()
        };
        let mut token = tokens.refresh_token;
        for by in ["", "other"] {
            let proof = match by {
                "" => String::new(),
                _ => other.proof(TOKEN, now, json!({})),
            };
            let renewed = issue(&world, refresh(proof, &token)).await;
            if kind == Kind::PublicApp {
                assert_eq!(renewed.error, "invalid_grant", "{by}");
            } else {
                // Who refreshes has proven themselves; the new access token is bound to what is proven this time.
                assert_eq!(renewed.error, "");
                let bound = if by.is_empty() { "Bearer" } else { "DPoP" };
                assert_eq!(renewed.token_type, bound);
                token = renewed.refresh_token;
            }
        }
        // A copied token that was presented without the key has ended nothing.
        let renewed = issue(&world, refresh(signer.proof(TOKEN, now, json!({})), &token)).await;
        assert_eq!(
            (renewed.error.as_str(), renewed.token_type.as_str()),
            ("", "DPoP")
        );
    }
}

#[tokio::test]
async fn a_code_is_exchanged_with_the_key_that_was_named_for_it() {
    let world = World::new().await;
    let site = client(&world, Kind::PublicApp, false).await;
    let (browser, _) = world.verified(1).await;
    let (signer, other) = (Signer::new("a"), Signer::new("b"));
    let now = world.clock.now();
    let named = signer.thumbprint();
    let named = [("dpop_jkt", named.as_str())];
    for (proof, error) in [
        (signer.proof(TOKEN, now, json!({})), ""),
        (other.proof(TOKEN, now, json!({})), "invalid_grant"),
        (String::new(), "invalid_grant"),
    ] {
        let message = exchange(&browser, &site, &named, proof).await;
        assert_eq!(issue(&world, message).await.error, error);
    }
}

#[tokio::test]
async fn a_client_that_wants_bound_tokens_gets_no_others() {
    let world = World::new().await;
    let site = client(&world, Kind::Web, true).await;
    let (browser, _) = world.verified(1).await;
    let message = exchange(&browser, &site, &[], String::new()).await;
    assert_eq!(issue(&world, message).await.error, "invalid_dpop_proof");
    let proof = Signer::new("a").proof(TOKEN, world.clock.now(), json!({}));
    let message = exchange(&browser, &site, &[], proof).await;
    assert_eq!(issue(&world, message).await.token_type, "DPoP");
}
