//! Signed authorization requests (RFC 9101). Tests whose names begin with `oidcc` check what the module of that name of the OpenID conformance
//! suite checks.

use proto_identity::v1 as wire;
use serde_json::{Value, json};

use crate::{
    authorizations::{agreed, begin},
    client_authentication::{administrator, web},
    sign_on::{REDIRECT, Site, VERIFIER, query},
    signer::Signer,
    world::{URL, World},
};
use identity::sign_on::rules::s256;

async fn site(world: &World, signer: &Signer) -> Site {
    let message = wire::CreateClientRequest {
        authentication: Some(signer.registered()),
        ..web(world)
    };
    Site::registered(&administrator(world).await, message).await
}

fn request(world: &World, site: &Site, signer: &Signer, typ: &str, more: Value) -> String {
    let now = world.clock.now().unix_timestamp();
    let mut claims = json!({
        "iss": site.id,
        "aud": URL,
        "iat": now,
        "exp": now + 300,
        "client_id": site.id,
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "scope": "openid profile",
        "state": "signed",
        "nonce": "a nonce",
        "code_challenge": s256(VERIFIER),
        "code_challenge_method": "S256",
    });
    claims
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let header = json!({ "alg": "ES256", "kid": signer.kid, "typ": typ });
    signer.sign(&header, &claims)
}

#[tokio::test]
async fn oidcc_signed_request_object_counts_and_nothing_beside_it() {
    let world = World::new().await;
    let signer = Signer::new("one");
    let site = site(&world, &signer).await;
    let (browser, _) = world.verified(1).await;
    agreed(&browser, &site).await;
    for typ in ["oauth-authz-req+jwt", "JWT"] {
        let signed = request(&world, &site, &signer, typ, json!({ "max_age": 3600 }));
        let beside = [
            ("request", signed.as_str()),
            ("state", "beside"),
            ("prompt", "consent"),
            ("redirect_uri", "https://other.example.cn/"),
        ];
        let answer = begin(&browser, &site, &beside).await;
        assert!(answer.redirect_to.starts_with(REDIRECT), "{}", answer.error);
        let back = query(&answer.redirect_to);
        assert_eq!(back["state"], "signed");
        assert!(back.contains_key("code"));
    }
}

#[tokio::test]
async fn oidcc_request_objects_that_are_not_ours_to_trust() {
    let world = World::new().await;
    let (signer, stranger) = (Signer::new("one"), Signer::new("one"));
    let site = site(&world, &signer).await;
    let (browser, _) = world.verified(1).await;
    let typ = "oauth-authz-req+jwt";
    let unsigned = {
        let good = request(&world, &site, &signer, typ, json!({}));
        let payload = good.split('.').nth(1).unwrap().to_owned();
        format!("eyJhbGciOiJub25lIn0.{payload}.")
    };
    for bad in [
        request(&world, &site, &stranger, typ, json!({})),
        request(&world, &site, &signer, "dpop+jwt", json!({})),
        request(
            &world,
            &site,
            &signer,
            typ,
            json!({ "client_id": "another" }),
        ),
        request(
            &world,
            &site,
            &signer,
            typ,
            json!({ "aud": "https://other.example.cn" }),
        ),
        request(&world, &site, &signer, typ, json!({ "exp": null })),
        request(
            &world,
            &site,
            &signer,
            typ,
            json!({ "request_uri": "urn:x" }),
        ),
        unsigned,
        "no request".to_owned(),
    ] {
        let answer = begin(&browser, &site, &[("request", &bad)]).await;
        // Shown to the person: nothing of it is proven, not even where it leads.
        assert_eq!(answer.error, "invalid_request_object", "{bad}");
        assert_eq!(answer.redirect_to, "");
    }
    // What is wrong inside of a genuine one is told to the site.
    let wide = request(
        &world,
        &site,
        &signer,
        typ,
        json!({ "scope": "openid phone" }),
    );
    let answer = begin(&browser, &site, &[("request", &wide)]).await;
    let told = query(&answer.redirect_to);
    assert_eq!(
        (told["error"].as_str(), told["state"].as_str()),
        ("invalid_scope", "signed")
    );
    // A client without keys has nothing to sign with.
    let plain = Site::registered(&administrator(&world).await, web(&world)).await;
    let signed = request(&world, &plain, &signer, typ, json!({}));
    let answer = begin(&browser, &plain, &[("request", &signed)]).await;
    assert_eq!(query(&answer.redirect_to)["error"], "request_not_supported");
}
