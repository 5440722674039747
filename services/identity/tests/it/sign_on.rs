//! Signing in at a third-party site: OpenID Connect as far as identity stands behind it.

use std::collections::HashMap;

use identity::sign_on::rules::s256;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use proto_identity::v1::{
    self as wire, AuthorizationParameters, client::Kind, create_authorization_request::Consent,
};
use serde_json::Value;
use time::Duration;
use tonic::{Response, Status};

use crate::{
    clients::{credentials, machine, register},
    world::{Browser, URL, World, born, detail, phone, reason, refused},
};

pub const REDIRECT: &str = "https://site.example.cn/callback?from=cast";
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

pub struct Site {
    pub id: String,
    pub secret: String,
}

impl Site {
    pub async fn new(world: &World, kind: Kind) -> Self {
        let (administrator, _) = world
            .staff(900, "organisation.administrator", world.society)
            .await;
        let message = wire::CreateClientRequest {
            kind: kind.into(),
            name: "学会网站".into(),
            scopes: vec!["openid".into(), "profile".into(), "person_number".into()],
            redirect_uris: vec![REDIRECT.into()],
            ..machine(world.society, &[])
        };
        Self::registered(&administrator, message).await
    }

    /// Registered by an administrator of the society.
    pub async fn registered(administrator: &Browser, message: wire::CreateClientRequest) -> Self {
        let (client, secret) = register(administrator, message).await.unwrap();
        Self {
            id: client.client_id,
            secret,
        }
    }

    pub fn request(&self) -> AuthorizationParameters {
        AuthorizationParameters {
            client_id: self.id.clone(),
            redirect_uri: REDIRECT.into(),
            response_type: "code".into(),
            scope: "openid profile person_number".into(),
            state: "a state & more".into(),
            nonce: "a nonce".into(),
            code_challenge: s256(VERIFIER),
            code_challenge_method: "S256".into(),
            ..Default::default()
        }
    }

    pub fn exchange(&self, code: &str) -> wire::IssueTokenRequest {
        wire::IssueTokenRequest {
            grant_type: "authorization_code".into(),
            client_id: self.id.clone(),
            client_secret: self.secret.clone(),
            code: code.into(),
            redirect_uri: REDIRECT.into(),
            code_verifier: VERIFIER.into(),
            ..Default::default()
        }
    }
}

async fn authorize(
    browser: &Browser,
    parameters: AuthorizationParameters,
    consent: Consent,
) -> Result<wire::CreateAuthorizationResponse, Status> {
    let message = wire::CreateAuthorizationRequest {
        parameters: Some(parameters),
        consent: consent.into(),
    };
    browser
        .sign_on()
        .create_authorization(browser.signed(message).await?)
        .await
        .map(Response::into_inner)
}

pub async fn issue(world: &World, message: wire::IssueTokenRequest) -> wire::IssueTokenResponse {
    let gateway = world.browser();
    gateway
        .sign_on()
        .issue_token(gateway.via_gateway(message))
        .await
        .unwrap()
        .into_inner()
}

pub async fn userinfo(world: &World, token: &str) -> Option<Value> {
    let gateway = world.browser();
    let message = wire::GetUserInfoRequest {
        access_token: token.to_owned(),
        ..Default::default()
    };
    let answer = gateway
        .sign_on()
        .get_user_info(gateway.via_gateway(message))
        .await
        .unwrap()
        .into_inner();
    serde_json::from_str(&answer.claims_json).ok()
}

/// The parameters that come back to the site.
pub fn query(redirect_to: &str) -> HashMap<String, String> {
    assert!(redirect_to.starts_with(REDIRECT), "{redirect_to}");
    url::Url::parse(redirect_to)
        .unwrap()
        .query_pairs()
        .into_owned()
        .collect()
}

pub async fn code(browser: &Browser, site: &Site) -> String {
    let answer = authorize(browser, site.request(), Consent::Given)
        .await
        .unwrap();
    query(&answer.redirect_to)["code"].clone()
}

pub async fn id_claims(world: &World, token: &str, audience: &str) -> Value {
    let gateway = world.browser();
    let request = gateway.via_gateway(wire::GetKeySetRequest {});
    let set = gateway
        .sign_on()
        .get_key_set(request)
        .await
        .unwrap()
        .into_inner()
        .key_set_json;
    let set: JwkSet = serde_json::from_str(&set).unwrap();
    let header = jsonwebtoken::decode_header(token).unwrap();
    assert_eq!(header.alg, Algorithm::RS256);
    let key = DecodingKey::from_jwk(set.find(&header.kid.unwrap()).unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    validation.set_audience(&[audience]);
    validation.set_issuer(&[URL]);
    jsonwebtoken::decode(token, &key, &validation)
        .unwrap()
        .claims
}

#[tokio::test]
async fn a_scientist_signs_in_at_a_site_that_learns_what_was_agreed_to() {
    let world = World::new().await;
    let site = Site::new(&world, Kind::Web).await;
    let (browser, account) = world.verified(1).await;
    let asked = authorize(&browser, site.request(), Consent::Unspecified)
        .await
        .unwrap();
    assert!(asked.redirect_to.is_empty());
    let question = asked.question.unwrap();
    assert_eq!(
        (
            question.client_name.as_str(),
            question.organisation_name.as_str()
        ),
        ("学会网站", "中国计算机学会")
    );
    assert_eq!(question.scopes, ["openid", "profile", "person_number"]);

    let answer = authorize(&browser, site.request(), Consent::Given)
        .await
        .unwrap();
    let back = query(&answer.redirect_to);
    assert_eq!(
        (
            back["state"].as_str(),
            back["iss"].as_str(),
            back["from"].as_str()
        ),
        ("a state & more", URL, "cast")
    );
    let tokens = issue(&world, site.exchange(&back["code"])).await;
    assert_eq!(
        (tokens.error.as_str(), tokens.scope.as_str()),
        ("", "openid profile person_number")
    );

    let claims = id_claims(&world, &tokens.id_token, &site.id).await;
    let now = world.clock.now().unix_timestamp();
    assert_eq!(claims["sub"], account.person_id);
    assert_eq!(
        (claims["nonce"].as_str(), claims["auth_time"].as_i64()),
        (Some("a nonce"), Some(now))
    );
    assert_eq!(
        (claims["acr"].as_str(), &claims["amr"]),
        (Some("urn:cast:acr:one-factor"), &serde_json::json!(["otp"]))
    );
    assert_eq!(
        claims["at_hash"],
        identity::sign_on::rules::half_hash(&tokens.access_token)
    );
    assert_eq!(
        (
            claims["name"].as_str(),
            claims["preferred_username"].as_str()
        ),
        (Some("王示例"), Some("小王"))
    );
    assert_eq!(claims["person_number"], account.person_number);

    let info = userinfo(&world, &tokens.access_token).await.unwrap();
    assert_eq!(
        (&info["sub"], &info["name"], &info["person_number"]),
        (&claims["sub"], &claims["name"], &claims["person_number"])
    );
    assert_eq!(info["updated_at"], now);

    let next = authorize(&browser, site.request(), Consent::Unspecified)
        .await
        .unwrap();
    assert!(
        query(&next.redirect_to).contains_key("code"),
        "who has agreed is not asked again"
    );
}

#[tokio::test]
async fn a_site_learns_no_more_than_its_scopes() {
    let world = World::new().await;
    let site = Site::new(&world, Kind::Web).await;
    let (browser, account) = world.verified(1).await;
    let only = AuthorizationParameters {
        scope: "openid".into(),
        nonce: String::new(),
        ..site.request()
    };
    let answer = authorize(&browser, only, Consent::Given).await.unwrap();
    let tokens = issue(&world, site.exchange(&query(&answer.redirect_to)["code"])).await;
    let claims = id_claims(&world, &tokens.id_token, &site.id).await;
    for absent in ["name", "preferred_username", "person_number", "nonce"] {
        assert!(claims.get(absent).is_none(), "{absent}");
    }
    let info = userinfo(&world, &tokens.access_token).await.unwrap();
    assert_eq!(info, serde_json::json!({ "sub": account.person_id }));
    // More than was agreed to is a question again, of what is new.
    let more = authorize(&browser, site.request(), Consent::Unspecified)
        .await
        .unwrap();
    assert_eq!(more.question.unwrap().scopes, ["profile", "person_number"]);
}

#[tokio::test]
async fn a_site_token_opens_userinfo_and_nothing_else_and_a_platform_token_does_not_open_userinfo()
{
    let world = World::new().await;
    let site = Site::new(&world, Kind::Web).await;
    let (browser, _) = world.verified(1).await;
    let tokens = issue(&world, site.exchange(&code(&browser, &site).await)).await;
    let stolen = browser.with_token(&tokens.access_token, wire::GetMyAccountRequest {});
    assert_eq!(
        refused(browser.accounts().get_my_account(stolen).await),
        "TOKEN_INVALID"
    );
    assert_eq!(
        userinfo(&world, &browser.token().await.unwrap()).await,
        None
    );
    assert_eq!(userinfo(&world, &tokens.id_token).await, None);
    assert_eq!(userinfo(&world, "nonsense").await, None);
    world.wait(Duration::minutes(5) + Duration::seconds(31));
    assert_eq!(
        userinfo(&world, &tokens.access_token).await,
        None,
        "expired"
    );
}

#[tokio::test]
async fn a_code_is_good_once_and_its_second_use_is_noticed() {
    let world = World::new().await;
    let site = Site::new(&world, Kind::Web).await;
    let (browser, account) = world.verified(1).await;
    let code = code(&browser, &site).await;
    let (a, b) = tokio::join!(
        issue(&world, site.exchange(&code)),
        issue(&world, site.exchange(&code))
    );
    let mut errors = [a.error, b.error];
    errors.sort();
    assert_eq!(errors, ["", "invalid_grant"]);
    let noticed: i64 = sqlx::query_scalar(
        "select count(*) from audit.records where outcome = 'CODE_USED_BEFORE' and actor = $1 and subject = $2",
    )
    .bind(format!("client:{}", site.id))
    .bind(format!("person:{}", account.person_id))
    .fetch_one(world.pool())
    .await
    .unwrap();
    assert_eq!(noticed, 1);
}

#[tokio::test]
async fn wrong_verifier_redirect_or_client_late_or_signed_out_get_nothing() {
    let world = World::new().await;
    let site = Site::new(&world, Kind::Web).await;
    let (browser, _) = world.verified(1).await;
    let wrong = |change: fn(&mut wire::IssueTokenRequest), code: &str| {
        let mut message = site.exchange(code);
        change(&mut message);
        message
    };
    for change in [
        (|m| m.code_verifier = "a".repeat(43)) as fn(&mut wire::IssueTokenRequest),
        |m| m.redirect_uri = "https://site.example.cn/callback".into(),
    ] {
        let code = code(&browser, &site).await;
        assert_eq!(
            issue(&world, wrong(change, &code)).await.error,
            "invalid_grant"
        );
        assert_eq!(
            issue(&world, site.exchange(&code)).await.error,
            "invalid_grant",
            "and the code is void"
        );
    }
    for change in [
        (|m| m.code_verifier.clear()) as fn(&mut wire::IssueTokenRequest),
        |m| m.redirect_uri.clear(),
        |m| m.code.clear(),
        |m| m.grant_type.clear(),
    ] {
        let code = code(&browser, &site).await;
        assert_eq!(
            issue(&world, wrong(change, &code)).await.error,
            "invalid_request"
        );
        assert_eq!(
            issue(&world, site.exchange(&code)).await.error,
            "",
            "and the code is as good as before"
        );
    }
    assert_eq!(
        issue(&world, site.exchange("unheard-of")).await.error,
        "invalid_grant"
    );
    assert_eq!(
        issue(&world, wrong(|m| m.client_secret = "no".into(), "x"))
            .await
            .error,
        "invalid_client"
    );
    assert_eq!(
        issue(&world, wrong(|m| m.grant_type = "password".into(), "x"))
            .await
            .error,
        "unsupported_grant_type"
    );
    assert_eq!(
        issue(
            &world,
            wrong(|m| m.grant_type = "client_credentials".into(), "")
        )
        .await
        .error,
        "unauthorized_client"
    );

    let late = code(&browser, &site).await;
    world.wait(Duration::seconds(60));
    assert_eq!(
        issue(&world, site.exchange(&late)).await.error,
        "invalid_grant"
    );

    let signed_out = code(&browser, &site).await;
    let message = wire::DeleteSessionRequest {
        session_id: "current".into(),
    };
    browser
        .sessions()
        .delete_session(browser.signed(message).await.unwrap())
        .await
        .unwrap();
    assert_eq!(
        issue(&world, site.exchange(&signed_out)).await.error,
        "invalid_grant"
    );
}

#[tokio::test]
async fn a_code_of_one_site_is_of_no_use_to_another_and_stays_good() {
    let world = World::new().await;
    let site = Site::new(&world, Kind::Web).await;
    let (administrator, _) = world
        .staff(2, "organisation.administrator", world.other_society)
        .await;
    let message = wire::CreateClientRequest {
        kind: Kind::Web.into(),
        scopes: vec!["openid".into()],
        redirect_uris: vec![REDIRECT.into()],
        ..machine(world.other_society, &[])
    };
    let (client, secret) = register(&administrator, message).await.unwrap();
    let (browser, _) = world.verified(1).await;
    let code = code(&browser, &site).await;
    let thief = wire::IssueTokenRequest {
        client_id: client.client_id,
        client_secret: secret,
        ..site.exchange(&code)
    };
    assert_eq!(issue(&world, thief).await.error, "invalid_grant");
    assert_eq!(issue(&world, site.exchange(&code)).await.error, "");
}

#[tokio::test]
async fn an_app_without_secret_proves_itself_by_pkce_and_a_site_with_one_must_use_it() {
    let world = World::new().await;
    let app = Site::new(&world, Kind::PublicApp).await;
    assert!(app.secret.is_empty());
    let (browser, _) = world.verified(1).await;
    let code = code(&browser, &app).await;
    assert_eq!(issue(&world, app.exchange(&code)).await.error, "");
    let plain = AuthorizationParameters {
        code_challenge_method: "plain".into(),
        ..app.request()
    };
    let answer = authorize(&browser, plain, Consent::Given).await.unwrap();
    assert_eq!(query(&answer.redirect_to)["error"], "invalid_request");
}

#[tokio::test]
async fn who_refuses_goes_back_with_access_denied_and_is_asked_again_next_time() {
    let world = World::new().await;
    let site = Site::new(&world, Kind::Web).await;
    let (browser, _) = world.signed_up(&phone()).await;
    let answer = authorize(&browser, site.request(), Consent::Refused)
        .await
        .unwrap();
    let back = query(&answer.redirect_to);
    assert_eq!(
        (
            back["error"].as_str(),
            back["state"].as_str(),
            back["iss"].as_str()
        ),
        ("access_denied", "a state & more", URL)
    );
    let next = authorize(&browser, site.request(), Consent::Unspecified)
        .await
        .unwrap();
    assert!(next.question.is_some());
}

#[tokio::test]
async fn nothing_ever_goes_to_an_address_that_is_not_registered() {
    let world = World::new().await;
    let site = Site::new(&world, Kind::Web).await;
    let (browser, _) = world.verified(1).await;
    let gateway = world.browser();
    let mut bad = Vec::new();
    for uri in [
        "https://evil.example/",
        "",
        "https://site.example.cn/callback",
        &format!("{REDIRECT}&x"),
        &REDIRECT.to_uppercase(),
    ] {
        bad.push(AuthorizationParameters {
            redirect_uri: uri.into(),
            ..site.request()
        });
    }
    bad.push(AuthorizationParameters {
        client_id: "unheard-of".into(),
        ..site.request()
    });
    bad.push(AuthorizationParameters {
        client_id: String::new(),
        ..site.request()
    });
    for parameters in bad {
        for consent in [Consent::Unspecified, Consent::Given, Consent::Refused] {
            let status = authorize(&browser, parameters.clone(), consent)
                .await
                .unwrap_err();
            assert_eq!(reason(&status), "AUTHORIZATION_REQUEST_INVALID");
            assert!(detail(&status, "error").is_some());
        }
        let message = wire::CheckAuthorizationRequest {
            parameters: Some(parameters),
        };
        let checked = gateway
            .sign_on()
            .check_authorization(gateway.via_gateway(message))
            .await
            .unwrap()
            .into_inner();
        assert!(
            !checked.error.is_empty() && !checked.redirectable,
            "{checked:?}"
        );
    }
    let message = wire::CheckAuthorizationRequest {
        parameters: Some(site.request()),
    };
    let checked = gateway
        .sign_on()
        .check_authorization(gateway.via_gateway(message))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(checked, wire::CheckAuthorizationResponse::default());
}

#[tokio::test]
async fn a_disabled_site_signs_nobody_in() {
    let world = World::new().await;
    let (administrator, _) = world
        .staff(5, "organisation.administrator", world.society)
        .await;
    let site = Site::new(&world, Kind::Web).await;
    let (browser, _) = world.verified(1).await;
    let early = code(&browser, &site).await;
    let tokens = issue(&world, site.exchange(&code(&browser, &site).await)).await;
    let message = wire::DisableClientRequest {
        client_id: site.id.clone(),
        request_id: String::new(),
    };
    administrator
        .clients()
        .disable_client(administrator.signed(message).await.unwrap())
        .await
        .unwrap();
    assert_eq!(
        issue(&world, site.exchange(&early)).await.error,
        "invalid_client"
    );
    assert_eq!(userinfo(&world, &tokens.access_token).await, None);
    let status = authorize(&browser, site.request(), Consent::Given)
        .await
        .unwrap_err();
    assert_eq!(detail(&status, "error").unwrap(), "invalid_client");
    assert_eq!(
        credentials(&world, &site.id, &site.secret, "").await.error,
        "invalid_client"
    );
}

#[tokio::test]
async fn nothing_about_minors_goes_to_third_party_sites() {
    let world = World::new().await;
    let site = Site::new(&world, Kind::Web).await;
    for (day, sequence) in [("20081122", 1), ("20150307", 2)] {
        let (browser, account) = world.signed_up(&phone()).await;
        // Before anything is known of the age: signs in, and has a code and a token when it becomes known.
        let exchanged = code(&browser, &site).await;
        let tokens = issue(&world, site.exchange(&exchanged)).await;
        assert!(userinfo(&world, &tokens.access_token).await.is_some());
        let unused = code(&browser, &site).await;
        browser
            .verify("王示例", &born(day, sequence))
            .await
            .unwrap();

        assert_eq!(userinfo(&world, &tokens.access_token).await, None);
        let refusal = issue(&world, site.exchange(&unused)).await;
        assert_eq!(refusal.error, "invalid_grant");
        for consent in [Consent::Unspecified, Consent::Given] {
            let answer = authorize(&browser, site.request(), consent).await;
            assert_eq!(refused(answer), "MINOR_AT_THIRD_PARTY");
        }
        let back = authorize(&browser, site.request(), Consent::Refused).await;
        assert_eq!(query(&back.unwrap().redirect_to)["error"], "access_denied");
        let actor = format!("person:{}", account.person_id);
        assert_eq!(world.records(&actor, "MINOR_AT_THIRD_PARTY").await, 2);
    }
    let actor = format!("client:{}", site.id);
    assert_eq!(world.records(&actor, "MINOR_AT_THIRD_PARTY").await, 4);
    // On the birthday it is theirs to decide.
    let (browser, _) = world.signed_up(&phone()).await;
    browser
        .verify("王示例", &born("20081121", 3))
        .await
        .unwrap();
    authorize(&browser, site.request(), Consent::Given)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_site_that_asks_for_a_fresh_sign_in_gets_one_or_nothing() {
    let world = World::new().await;
    let site = Site::new(&world, Kind::Web).await;
    let (browser, _) = world.verified(1).await;
    code(&browser, &site).await;
    let within = |max_age: &str| AuthorizationParameters {
        max_age: max_age.into(),
        ..site.request()
    };
    world.wait(Duration::seconds(2));
    for consent in [Consent::Unspecified, Consent::Given] {
        for stale in ["0", "1"] {
            let answer = authorize(&browser, within(stale), consent).await.unwrap();
            assert!(
                answer.sign_in_required && answer.redirect_to.is_empty(),
                "{stale}"
            );
        }
        let answer = authorize(&browser, within("2"), consent).await.unwrap();
        assert!(query(&answer.redirect_to).contains_key("code"));
    }
    let answer = authorize(&browser, within("-1"), Consent::Unspecified)
        .await
        .unwrap();
    assert_eq!(query(&answer.redirect_to)["error"], "invalid_request");
    let by_form = AuthorizationParameters {
        response_mode: "form_post".into(),
        ..site.request()
    };
    let answer = authorize(&browser, by_form, Consent::Given).await.unwrap();
    let back = query(&answer.redirect_to);
    assert_eq!(back["error"], "unsupported_response_mode");
    assert!(!back.contains_key("code"));
}

#[tokio::test]
async fn an_app_on_the_device_comes_back_by_the_port_it_has_this_time() {
    let world = World::new().await;
    let (administrator, _) = world
        .staff(900, "organisation.administrator", world.society)
        .await;
    let message = wire::CreateClientRequest {
        kind: Kind::PublicApp.into(),
        scopes: vec!["openid".into()],
        redirect_uris: vec![
            "http://127.0.0.1:7777/cb".into(),
            "com.example.app:/cb".into(),
        ],
        ..machine(world.society, &[])
    };
    let (client, _) = register(&administrator, message).await.unwrap();
    let (browser, _) = world.verified(1).await;
    let site = Site {
        id: client.client_id,
        secret: String::new(),
    };
    let mut used = String::new();
    for back in ["http://127.0.0.1:50123/cb", "com.example.app:/cb"] {
        let asked = AuthorizationParameters {
            redirect_uri: back.into(),
            scope: "openid".into(),
            ..site.request()
        };
        let answer = authorize(&browser, asked, Consent::Given).await.unwrap();
        assert!(answer.redirect_to.starts_with(&format!("{back}?code=")));
        let url = url::Url::parse(&answer.redirect_to).unwrap();
        let code = url
            .query_pairs()
            .find(|(name, _)| name == "code")
            .unwrap()
            .1;
        // The port of then, not any other.
        if back.contains("50123") {
            used = code.clone().into_owned();
            continue;
        }
        let exchange = wire::IssueTokenRequest {
            redirect_uri: back.into(),
            ..site.exchange(&code)
        };
        assert_eq!(issue(&world, exchange).await.error, "");
    }
    let other_port = wire::IssueTokenRequest {
        redirect_uri: "http://127.0.0.1:50124/cb".into(),
        ..site.exchange(&used)
    };
    assert_eq!(issue(&world, other_port).await.error, "invalid_grant");
}
