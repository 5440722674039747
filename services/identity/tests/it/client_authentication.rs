//! Clients that prove themselves by a key of their own (private_key_jwt). Tests whose names begin with `fapi2` check what the module of that
//! name of the OpenID conformance suite checks.

use std::sync::atomic::{AtomicU16, Ordering};

use proto_identity::v1::{self as wire, client::Kind, client_authentication::Method};
use serde_json::{Value, json};
use time::Duration;
use tonic::{Response, Status};
use uuid::Uuid;

use crate::{
    authorizations::{agreed, begin},
    clients::{credentials, machine, register},
    outside::http,
    sign_on::{REDIRECT, Site, issue, query, userinfo},
    signer::Signer,
    world::{Browser, World, fields, refused},
};

/// An administrator of the society; another one each time.
pub async fn administrator(world: &World) -> Browser {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let sequence = 600 + NEXT.fetch_add(1, Ordering::Relaxed) % 300;
    let role = "organisation.administrator";
    world.staff(sequence, role, world.society).await.0
}

pub fn web(world: &World) -> wire::CreateClientRequest {
    wire::CreateClientRequest {
        kind: Kind::Web.into(),
        scopes: ["openid", "profile"].map(Into::into).to_vec(),
        redirect_uris: vec![REDIRECT.into()],
        ..machine(world.society, &[])
    }
}

/// A site that proves itself by the key of this signer.
async fn signing_site(world: &World, signer: &Signer) -> Site {
    let message = wire::CreateClientRequest {
        authentication: Some(signer.registered()),
        ..web(world)
    };
    let site = Site::registered(&administrator(world).await, message).await;
    assert_eq!(site.secret, "", "it has a key");
    site
}

/// A system's request for a token with this assertion.
async fn by(world: &World, assertion: wire::ClientAssertion) -> wire::IssueTokenResponse {
    issue(world, of_system("", assertion)).await
}

fn of_system(client_id: &str, assertion: wire::ClientAssertion) -> wire::IssueTokenRequest {
    wire::IssueTokenRequest {
        grant_type: "client_credentials".into(),
        client_id: client_id.into(),
        client_assertion: Some(assertion),
        ..Default::default()
    }
}

async fn system(world: &World, authentication: wire::ClientAuthentication) -> String {
    let message = wire::CreateClientRequest {
        authentication: Some(authentication),
        ..machine(world.society, &["members.read"])
    };
    let by = administrator(world).await;
    register(&by, message).await.unwrap().0.client_id
}

#[tokio::test]
async fn a_site_proves_itself_by_its_key_wherever_it_has_to() {
    let world = World::new().await;
    let signer = Signer::new("one");
    let site = signing_site(&world, &signer).await;
    let (browser, account) = world.verified(1).await;
    agreed(&browser, &site).await;
    let answer = begin(&browser, &site, &[]).await;
    let code = query(&answer.redirect_to)["code"].clone();
    let assertion = |more: Value| Some(signer.assertion(&site.id, world.clock.now(), more));
    let endpoint = json!({ "aud": "https://wskx.example.cn/oauth2/token" });
    let message = wire::IssueTokenRequest {
        client_assertion: assertion(endpoint),
        ..site.exchange(&code)
    };
    let tokens = issue(&world, message).await;
    assert_eq!(tokens.error, "", "{}", tokens.error_description);
    let gateway = world.browser();
    let message = wire::IntrospectTokenRequest {
        token: tokens.access_token.clone(),
        client_assertion: assertion(json!({})),
        ..Default::default()
    };
    let request = gateway.via_gateway(message);
    let state = gateway.sign_on().introspect_token(request).await.unwrap();
    let state: Value = serde_json::from_str(&state.into_inner().claims_json).unwrap();
    assert_eq!(
        (&state["active"], &state["sub"]),
        (&json!(true), &json!(account.person_id))
    );
    let message = wire::RevokeTokenRequest {
        token: tokens.refresh_token,
        client_assertion: assertion(json!({})),
        ..Default::default()
    };
    let request = gateway.via_gateway(message);
    let revoked = gateway.sign_on().revoke_token(request).await.unwrap();
    assert_eq!(revoked.into_inner().error, "");
    assert!(userinfo(&world, &tokens.access_token).await.is_none());
}

#[tokio::test]
async fn fapi2_client_assertions_that_prove_nothing() {
    let world = World::new().await;
    let signer = Signer::new("one");
    let id = system(&world, signer.registered()).await;
    let now = world.clock.now();
    let at = |seconds: i64| now.unix_timestamp() + seconds;
    let good = |more: Value| signer.assertion(&id, now, more);
    assert_eq!(by(&world, good(json!({}))).await.error, "");
    for more in [
        json!({ "aud": "https://other.example.cn" }),
        json!({ "aud": ["https://wskx.example.cn", "https://other.example.cn"] }),
        json!({ "iss": Uuid::now_v7() }),
        json!({ "exp": at(-61) }),
        json!({ "exp": at(4_000) }),
        json!({ "exp": null }),
        json!({ "iat": at(120) }),
        json!({ "nbf": at(120) }),
        json!({ "jti": null }),
        json!({ "jti": "" }),
    ] {
        let answer = by(&world, good(more.clone())).await;
        assert_eq!(answer.error, "invalid_client", "{more}");
    }
    let stranger = Signer::new("one").assertion(&id, now, json!({}));
    let unsigned = {
        let parts: Vec<_> = good(json!({}))
            .assertion
            .split('.')
            .map(str::to_owned)
            .collect();
        wire::ClientAssertion {
            assertion: format!("{}.{}.", parts[0], parts[1]),
            ..good(json!({}))
        }
    };
    let other_type = wire::ClientAssertion {
        r#type: "urn:ietf:params:oauth:client-assertion-type:saml2-bearer".into(),
        ..good(json!({}))
    };
    for assertion in [stranger, unsigned, other_type] {
        assert_eq!(by(&world, assertion).await.error, "invalid_client");
    }
    // Of another client than the form names, beside a secret, and a secret alone.
    let other = of_system(&Uuid::now_v7().to_string(), good(json!({})));
    assert_eq!(issue(&world, other).await.error, "invalid_client");
    let both = wire::IssueTokenRequest {
        client_secret: "cast_x".into(),
        ..of_system(&id, good(json!({})))
    };
    assert_eq!(issue(&world, both).await.error, "invalid_request");
    for secret in ["", "cast_x"] {
        let answer = credentials(&world, &id, secret, "").await;
        assert_eq!(answer.error, "invalid_client");
    }
    // A client with a secret does not prove itself by a key that is good for another one.
    let (plain, _) = register(
        &administrator(&world).await,
        machine(world.society, &["members.read"]),
    )
    .await
    .unwrap();
    let theirs = signer.assertion(&plain.client_id, now, json!({}));
    assert_eq!(by(&world, theirs).await.error, "invalid_client");
    // What was refused is on record.
    let recorded = "select count(*) from audit.records where outcome = 'invalid_client'";
    assert!(world.count(recorded).await > 10);
}

#[tokio::test]
async fn fapi2_client_assertion_is_used_once_also_by_two_at_the_same_time() {
    let world = World::new().await;
    let signer = Signer::new("one");
    let id = system(&world, signer.registered()).await;
    let new = || signer.assertion(&id, world.clock.now(), json!({}));
    let at_once = async |first: wire::ClientAssertion, second: wire::ClientAssertion| {
        let answers = futures::join!(by(&world, first), by(&world, second));
        [answers.0, answers.1]
            .iter()
            .filter(|answer| answer.error.is_empty())
            .count()
    };
    for _ in 0..5 {
        // The control: two that are not the same both pass.
        assert_eq!(at_once(new(), new()).await, 2);
        let same = new();
        assert_eq!(at_once(same.clone(), same.clone()).await, 1);
        assert_eq!(by(&world, same).await.error, "invalid_client");
    }
    // Nothing is kept of those that are void by time.
    let kept = "select count(*) from spent_tokens";
    assert_eq!(world.count(kept).await, 15);
    world.wait(Duration::minutes(3));
    identity::sweep_demands(&world.db, world.clock.now())
        .await
        .unwrap();
    assert_eq!(world.count(kept).await, 0);
}

#[tokio::test]
async fn published_keys_are_fetched_when_an_unknown_one_signs_and_not_more_often_than_that() {
    let world = World::new().await;
    let (first, second) = (Signer::new("first"), Signer::new("second"));
    let both = {
        let keys = [&first, &second].map(|signer| {
            let set: Value = serde_json::from_str(&signer.jwks()).unwrap();
            set["keys"][0].clone()
        });
        json!({ "keys": keys }).to_string()
    };
    let (address, fetched) = http("200 OK", Box::leak(both.into_boxed_str())).await;
    let published = wire::ClientAuthentication {
        method: Method::PrivateKeyJwt.into(),
        jwks: String::new(),
        jwks_uri: address,
    };
    let id = system(&world, published).await;
    let calls = || fetched.0.lock().unwrap().len();
    assert_eq!(calls(), 0, "not before it is needed");
    let sign = |signer: &Signer| signer.assertion(&id, world.clock.now(), json!({}));
    for signer in [&first, &second, &first] {
        assert_eq!(by(&world, sign(signer)).await.error, "");
    }
    assert_eq!(calls(), 1);
    assert!(fetched.0.lock().unwrap()[0].0.starts_with("get "));
    // An unknown key has them fetched again, but strangers have no use of trying.
    let stranger = Signer::new("stranger");
    for wait in [0, 20] {
        world.wait(Duration::seconds(wait));
        assert_eq!(by(&world, sign(&stranger)).await.error, "invalid_client");
        assert_eq!(calls(), 1, "{wait}");
    }
    world.wait(Duration::seconds(10));
    assert_eq!(by(&world, sign(&stranger)).await.error, "invalid_client");
    assert_eq!(calls(), 2);
    world.wait(Duration::minutes(10));
    assert_eq!(by(&world, sign(&first)).await.error, "");
    assert_eq!(calls(), 3);
}

#[tokio::test]
async fn keys_that_cannot_be_fetched_prove_nothing() {
    let world = World::new().await;
    let signer = Signer::new("one");
    for (status, body) in [
        ("200 OK", "no keys"),
        ("200 OK", r#"{"keys":[]}"#),
        ("404 Not Found", ""),
        ("302 Found", ""),
    ] {
        let (address, _) = http(status, body).await;
        let published = wire::ClientAuthentication {
            method: Method::PrivateKeyJwt.into(),
            jwks: String::new(),
            jwks_uri: address,
        };
        let id = system(&world, published).await;
        let assertion = signer.assertion(&id, world.clock.now(), json!({}));
        let answer = by(&world, assertion).await;
        assert_eq!(answer.error, "invalid_client", "{status} {body}");
    }
}

#[tokio::test]
async fn a_client_changes_from_its_secret_to_a_key_and_back() {
    let world = World::new().await;
    let by_whom = administrator(&world).await;
    let (client, secret) = register(&by_whom, machine(world.society, &["members.read"]))
        .await
        .unwrap();
    let id = client.client_id.clone();
    let works = async |secret: &str| credentials(&world, &id, secret, "").await.error.is_empty();
    assert!(works(&secret).await);
    let signer = Signer::new("one");
    let update = async |client: &wire::Client, authentication| {
        let message = wire::UpdateClientRequest {
            client_id: client.client_id.clone(),
            name: client.name.clone(),
            scopes: client.scopes.clone(),
            version: client.version,
            authentication,
            ..Default::default()
        };
        let request = by_whom.signed(message).await.unwrap();
        let answer = by_whom.clients().update_client(request).await;
        answer.map(Response::into_inner)
    };
    let signing = update(&client, Some(signer.registered())).await.unwrap();
    assert_eq!(signing.authentication, Some(signer.registered()));
    assert!(!works(&secret).await, "the secret ended at once");
    let assertion = || signer.assertion(&id, world.clock.now(), json!({}));
    assert_eq!(by(&world, assertion()).await.error, "");
    // A page that knows nothing of keys leaves them as they are.
    let renamed = update(&signing, None).await.unwrap();
    assert_eq!(renamed.authentication, Some(signer.registered()));
    let rotate = async || -> Result<wire::RotateClientSecretResponse, Status> {
        let message = wire::RotateClientSecretRequest {
            client_id: id.clone(),
            ..Default::default()
        };
        let request = by_whom.signed(message).await?;
        let answer = by_whom.clients().rotate_client_secret(request).await;
        answer.map(Response::into_inner)
    };
    assert_eq!(refused(rotate().await), "CLIENT_HAS_NO_SECRET");
    let back = wire::ClientAuthentication {
        method: Method::ClientSecret.into(),
        ..Default::default()
    };
    update(&renamed, Some(back)).await.unwrap();
    assert_eq!(by(&world, assertion()).await.error, "invalid_client");
    assert!(!works(&secret).await);
    let new = rotate().await.unwrap();
    assert_eq!(new.old_secret_expires_at, None, "there was none");
    assert!(works(&new.client_secret).await);
}

#[tokio::test]
async fn what_is_wrong_with_keys_is_said_of_the_field() {
    let world = World::new().await;
    let by_whom = administrator(&world).await;
    let with = |jwks: &str, jwks_uri: &str| wire::ClientAuthentication {
        method: Method::PrivateKeyJwt.into(),
        jwks: jwks.into(),
        jwks_uri: jwks_uri.into(),
    };
    let private = r#"{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA","d":"AA"}]}"#;
    for (authentication, field) in [
        (with("{}", ""), "authentication.jwks"),
        (with(private, ""), "authentication.jwks"),
        (with("", ""), "authentication.jwks"),
        (with("", "ftp://a.example.cn/"), "authentication.jwks_uri"),
    ] {
        let message = wire::CreateClientRequest {
            authentication: Some(authentication),
            ..web(&world)
        };
        let status = register(&by_whom, message).await.unwrap_err();
        assert_eq!(fields(&status), [field]);
    }
    let app = wire::CreateClientRequest {
        kind: Kind::PublicApp.into(),
        authentication: Some(Signer::new("a").registered()),
        ..web(&world)
    };
    let status = register(&by_whom, app).await.unwrap_err();
    assert_eq!(fields(&status), ["authentication.method"]);
    let expiring = wire::CreateClientRequest {
        authentication: Some(Signer::new("a").registered()),
        secret_days: 30,
        ..web(&world)
    };
    let status = register(&by_whom, expiring).await.unwrap_err();
    assert_eq!(fields(&status), ["secret_days"]);
}
