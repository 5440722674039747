//! Pushed authorization requests (RFC 9126). Tests whose names begin with `fapi2` check what the module of that name of the OpenID conformance
//! suite checks.

use proto_identity::v1::{self as wire, AuthorizationStep as Step, client::Kind};
use serde_json::json;
use time::Duration;

use crate::{
    authorizations::{agreed, begin, parameters, resume},
    client_authentication::{administrator, web},
    sign_on::{REDIRECT, Site, issue, query},
    signer::Signer,
    world::{Browser, URL, World, phone},
};

async fn site(world: &World, protocol: wire::ClientProtocol) -> Site {
    let message = wire::CreateClientRequest {
        protocol: Some(protocol),
        ..web(world)
    };
    Site::registered(&administrator(world).await, message).await
}

fn pushing(site: &Site, more: &[(&str, &str)]) -> wire::PushAuthorizationRequest {
    wire::PushAuthorizationRequest {
        client_id: site.id.clone(),
        client_secret: site.secret.clone(),
        parameters: parameters(site, more),
        ..Default::default()
    }
}

async fn push(
    world: &World,
    message: wire::PushAuthorizationRequest,
) -> wire::PushAuthorizationResponse {
    let gateway = world.browser();
    let request = gateway.via_gateway(message);
    let answer = gateway.sign_on().push_authorization(request).await;
    answer.unwrap().into_inner()
}

/// The address that a request was kept under.
async fn pushed(world: &World, site: &Site, more: &[(&str, &str)]) -> String {
    let kept = push(world, pushing(site, more)).await;
    assert_eq!(kept.error, "", "{}", kept.error_description);
    assert_eq!(kept.expires_in, 90);
    kept.request_uri
}

/// What a browser gets that brings this.
async fn bring(browser: &Browser, client_id: &str, request_uri: &str) -> wire::AuthorizationAnswer {
    bring_with(
        browser,
        &[("client_id", client_id), ("request_uri", request_uri)],
    )
    .await
}

async fn bring_with(browser: &Browser, sent: &[(&str, &str)]) -> wire::AuthorizationAnswer {
    let sent = sent.iter().map(|(name, value)| wire::SentParameter {
        name: (*name).to_owned(),
        value: (*value).to_owned(),
    });
    let message = wire::BeginAuthorizationRequest {
        parameters: sent.collect(),
        session_secret: browser.session.clone().unwrap_or_default(),
    };
    let request = browser.via_gateway(message);
    let answer = browser.sign_on().begin_authorization(request).await;
    answer.unwrap().into_inner()
}

#[tokio::test]
async fn fapi2_happy_flow_with_a_pushed_request() {
    let world = World::new().await;
    let only = wire::ClientProtocol {
        pushed_requests_only: true,
        ..Default::default()
    };
    let site = site(&world, only).await;
    let (browser, _) = world.verified(1).await;
    let address = pushed(&world, &site, &[]).await;
    assert!(address.starts_with("urn:ietf:params:oauth:request_uri:"));
    let asked = bring(&browser, &site.id, &address).await;
    assert_eq!(asked.step(), Step::Consent);
    let decided = crate::authorizations::decide(
        &browser,
        &asked.authorization_id,
        wire::decide_authorization_request::Decision::ConsentGiven,
    );
    decided.await.unwrap();
    let answer = resume(&browser, &asked.authorization_id).await.unwrap();
    let back = query(&answer.redirect_to);
    assert_eq!(
        (back["iss"].as_str(), back["state"].as_str()),
        (URL, "a state & more")
    );
    let tokens = issue(&world, site.exchange(&back["code"])).await;
    assert_eq!(tokens.error, "", "{}", tokens.error_description);
}

#[tokio::test]
async fn fapi2_request_uri_is_bound_to_its_client_used_once_and_short_lived() {
    let world = World::new().await;
    let by_whom = administrator(&world).await;
    let site = Site::registered(&by_whom, web(&world)).await;
    let other = Site::registered(&by_whom, web(&world)).await;
    let (browser, _) = world.verified(1).await;
    let address = pushed(&world, &site, &[]).await;
    // Another client's, and without a client.
    for client_id in [other.id.as_str(), ""] {
        let answer = bring(&browser, client_id, &address).await;
        assert_eq!(answer.error, "invalid_request_uri", "{client_id}");
        assert_eq!(answer.redirect_to, "");
    }
    assert_eq!(
        bring(&browser, &site.id, &address).await.step(),
        Step::Consent
    );
    let again = bring(&browser, &site.id, &address).await;
    assert_eq!(again.error, "invalid_request_uri", "used");
    let late = pushed(&world, &site, &[]).await;
    world.wait(Duration::seconds(90));
    let answer = bring(&browser, &site.id, &late).await;
    assert_eq!(answer.error, "invalid_request_uri", "too late");
    let made_up = format!("{}x", address);
    let answer = bring(&browser, &site.id, &made_up).await;
    assert_eq!(answer.error, "invalid_request_uri");
    world.wait(Duration::SECOND);
    identity::sweep_demands(&world.db, world.clock.now())
        .await
        .unwrap();
    assert_eq!(world.count("select count(*) from pushed_requests").await, 0);
}

#[tokio::test]
async fn of_two_browsers_that_bring_one_address_one_is_answered() {
    let world = World::new().await;
    let site = site(&world, wire::ClientProtocol::default()).await;
    let (browser, _) = world.verified(1).await;
    let both = async |first: &str, second: &str| {
        let answers = futures::join!(
            bring(&browser, &site.id, first),
            bring(&browser, &site.id, second)
        );
        let good = |answer: &&wire::AuthorizationAnswer| answer.error.is_empty();
        [&answers.0, &answers.1].into_iter().filter(good).count()
    };
    for _ in 0..5 {
        let (first, second) = (
            pushed(&world, &site, &[]).await,
            pushed(&world, &site, &[]).await,
        );
        // The control: two addresses, two answers.
        assert_eq!(both(&first, &second).await, 2);
        let one = pushed(&world, &site, &[]).await;
        assert_eq!(both(&one, &one).await, 1);
    }
}

#[tokio::test]
async fn fapi2_what_is_wrong_is_told_where_it_is_pushed() {
    let world = World::new().await;
    let site = site(&world, wire::ClientProtocol::default()).await;
    for (more, error) in [
        (
            ("redirect_uri", "https://other.example.cn/"),
            "invalid_request",
        ),
        (("response_type", "token"), "unsupported_response_type"),
        (("scope", "profile"), "invalid_scope"),
        (("scope", "openid phone"), "invalid_scope"),
        (("code_challenge", "-"), "invalid_request"),
        (("prompt", "none login"), "invalid_request"),
        (("dpop_jkt", "short"), "invalid_request"),
        (
            ("request_uri", "urn:ietf:params:oauth:request_uri:x"),
            "invalid_request",
        ),
        (("request", "ey.ey."), "request_not_supported"),
    ] {
        let kept = push(&world, pushing(&site, &[more])).await;
        assert_eq!(
            (kept.error.as_str(), kept.request_uri.as_str()),
            (error, ""),
            "{more:?}"
        );
    }
    let unproven = wire::PushAuthorizationRequest {
        client_secret: "cast_wrong".into(),
        ..pushing(&site, &[])
    };
    assert_eq!(push(&world, unproven).await.error, "invalid_client");
    assert_eq!(world.count("select count(*) from pushed_requests").await, 0);
}

#[tokio::test]
async fn fapi2_a_client_that_must_push_is_refused_otherwise() {
    let world = World::new().await;
    let only = wire::ClientProtocol {
        pushed_requests_only: true,
        ..Default::default()
    };
    let site = site(&world, only).await;
    let (browser, _) = world.verified(1).await;
    let answer = begin(&browser, &site, &[]).await;
    assert_eq!(query(&answer.redirect_to)["error"], "invalid_request");
    // Nor by the method that takes the parameters themselves.
    let message = wire::CreateAuthorizationRequest {
        parameters: Some(wire::AuthorizationParameters {
            scope: "openid".into(),
            ..site.request()
        }),
        ..Default::default()
    };
    let request = browser.signed(message).await.unwrap();
    let answer = browser.sign_on().create_authorization(request).await;
    let redirect_to = answer.unwrap().into_inner().redirect_to;
    assert_eq!(query(&redirect_to)["error"], "invalid_request");
}

#[tokio::test]
async fn what_a_browser_adds_to_an_address_does_not_count() {
    let world = World::new().await;
    let site = site(&world, wire::ClientProtocol::default()).await;
    let (browser, _) = world.verified(1).await;
    agreed(&browser, &site).await;
    let address = pushed(&world, &site, &[]).await;
    let added = [
        ("client_id", site.id.as_str()),
        ("request_uri", address.as_str()),
        ("redirect_uri", "https://other.example.cn/"),
        ("state", "another"),
        ("scope", "openid phone"),
        ("prompt", "consent"),
    ];
    let answer = bring_with(&browser, &added).await;
    assert!(answer.redirect_to.starts_with(REDIRECT));
    assert_eq!(query(&answer.redirect_to)["state"], "a state & more");
}

#[tokio::test]
async fn an_app_pushes_without_a_secret_and_what_it_leaves_is_counted() {
    let world = World::new().await;
    let message = wire::CreateClientRequest {
        kind: Kind::PublicApp.into(),
        ..web(&world)
    };
    let app = Site::registered(&administrator(&world).await, message).await;
    let (browser, _) = world.verified(1).await;
    let counted = "select coalesce(sum(failures), 0)::bigint from throttles";
    let before = world.count(counted).await;
    let address = pushed(&world, &app, &[]).await;
    assert_eq!(world.count(counted).await, before + 1);
    let answer = bring(&browser, &app.id, &address).await;
    assert_eq!(answer.step(), Step::Consent);
    // Taken back for the address, and counted for the request that is kept of it.
    assert_eq!(world.count(counted).await, before + 1);
}

#[tokio::test]
async fn what_was_pushed_is_kept_sealed() {
    let world = World::new().await;
    let site = site(&world, wire::ClientProtocol::default()).await;
    let phone = phone();
    pushed(&world, &site, &[("login_hint", &phone)]).await;
    let rows: Vec<String> =
        sqlx::query_scalar("select encode(parameters_sealed, 'escape') from pushed_requests")
            .fetch_all(world.pool())
            .await
            .unwrap();
    assert_eq!(rows.len(), 1);
    assert!(!rows[0].contains(&phone) && !rows[0].contains("a nonce"));
}

#[tokio::test]
async fn a_key_that_is_proven_where_it_is_pushed_binds_the_code() {
    let world = World::new().await;
    let site = site(&world, wire::ClientProtocol::default()).await;
    let (browser, _) = world.verified(1).await;
    agreed(&browser, &site).await;
    let (signer, other) = (Signer::new("a"), Signer::new("b"));
    let now = world.clock.now();
    let at = |path| ("POST", path);
    let with_proof = |proof: String, more: &[(&str, &str)]| wire::PushAuthorizationRequest {
        dpop_proof: proof,
        ..pushing(&site, more)
    };
    let proof = || signer.proof(at("/oauth2/par"), now, json!({}));
    let differs = [("dpop_jkt", other.thumbprint())];
    let differs = [(differs[0].0, differs[0].1.as_str())];
    let kept = push(&world, with_proof(proof(), &differs)).await;
    assert_eq!(kept.error, "invalid_dpop_proof");
    let kept = push(&world, with_proof(proof(), &[])).await;
    let code = async |address: &str| {
        let answer = bring(&browser, &site.id, address).await;
        query(&answer.redirect_to)["code"].clone()
    };
    let first = code(&kept.request_uri).await;
    let exchange = |code: &str, proof: String| wire::IssueTokenRequest {
        dpop_proof: proof,
        ..site.exchange(code)
    };
    let theirs = other.proof(at("/oauth2/token"), now, json!({}));
    let refused = issue(&world, exchange(&first, theirs)).await;
    assert_eq!(refused.error, "invalid_grant");
    let kept = push(&world, with_proof(proof(), &[])).await;
    let second = code(&kept.request_uri).await;
    let ours = signer.proof(at("/oauth2/token"), now, json!({}));
    let tokens = issue(&world, exchange(&second, ours)).await;
    assert_eq!(
        (tokens.error.as_str(), tokens.token_type.as_str()),
        ("", "DPoP")
    );
}
