//! The authorization endpoint as the gateway calls it. Tests whose names begin with `oidcc` check what the module of that name of the OpenID
//! conformance suite checks.

use proto_identity::v1::{
    self as wire, AuthorizationAnswer, AuthorizationStep as Step, client::Kind,
    decide_authorization_request::Decision,
};
use time::Duration;
use tonic::{Response, Status};
use uuid::Uuid;

use crate::{
    clients::machine,
    sign_on::{REDIRECT, Site, VERIFIER, id_claims, issue, query, userinfo},
    world::{Browser, PASSWORD, URL, World, born, detail, phone, refused},
};
use identity::sign_on::rules::s256;

pub fn parameters(site: &Site, more: &[(&str, &str)]) -> Vec<wire::SentParameter> {
    let challenge = s256(VERIFIER);
    let base = [
        ("client_id", site.id.as_str()),
        ("redirect_uri", REDIRECT),
        ("response_type", "code"),
        ("scope", "openid profile"),
        ("state", "a state & more"),
        ("nonce", "a nonce"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    let replaced = |name: &str| more.iter().any(|(other, _)| *other == name);
    let kept = base.iter().filter(|(name, _)| !replaced(name));
    kept.chain(more)
        .filter(|(_, value)| *value != "-")
        .map(|(name, value)| wire::SentParameter {
            name: (*name).to_owned(),
            value: (*value).to_owned(),
        })
        .collect()
}

pub async fn begin(browser: &Browser, site: &Site, more: &[(&str, &str)]) -> AuthorizationAnswer {
    let message = wire::BeginAuthorizationRequest {
        parameters: parameters(site, more),
        session_secret: browser.session.clone().unwrap_or_default(),
    };
    let answer = browser
        .sign_on()
        .begin_authorization(browser.via_gateway(message))
        .await;
    answer.unwrap().into_inner()
}

pub async fn resume(browser: &Browser, id: &str) -> Result<AuthorizationAnswer, Status> {
    let message = wire::ResumeAuthorizationRequest {
        authorization_id: id.to_owned(),
        session_secret: browser.session.clone().unwrap_or_default(),
    };
    browser
        .sign_on()
        .resume_authorization(browser.via_gateway(message))
        .await
        .map(Response::into_inner)
}

pub async fn decide(browser: &Browser, id: &str, decision: Decision) -> Result<String, Status> {
    let message = wire::DecideAuthorizationRequest {
        authorization_id: id.to_owned(),
        decision: decision.into(),
    };
    let request = browser.signed(message).await?;
    let answer = browser.sign_on().decide_authorization(request).await?;
    Ok(answer.into_inner().continue_at)
}

async fn get(browser: &Browser, id: &str) -> Result<wire::Authorization, Status> {
    let message = wire::GetAuthorizationRequest {
        authorization_id: id.to_owned(),
    };
    let request = match browser.session {
        Some(_) => browser.signed(message).await?,
        None => browser.via_gateway(message),
    };
    browser
        .sign_on()
        .get_authorization(request)
        .await
        .map(Response::into_inner)
}

/// What the site is told.
#[track_caller]
fn told(answer: &AuthorizationAnswer, name: &str) -> String {
    let values = query(&answer.redirect_to);
    assert_eq!(
        (values["iss"].as_str(), values["state"].as_str()),
        (URL, "a state & more")
    );
    values.get(name).cloned().unwrap_or_default()
}

/// Agrees once, so that the site is known.
pub async fn agreed(browser: &Browser, site: &Site) {
    let asked = begin(browser, site, &[]).await;
    if asked.step() == Step::Consent {
        decide(browser, &asked.authorization_id, Decision::ConsentGiven)
            .await
            .unwrap();
    }
}

/// Signs in anew, in the same browser.
async fn sign_in_again(browser: &mut Browser, phone: &str) {
    browser.sign_in(phone, PASSWORD).await.unwrap();
}

#[tokio::test]
async fn oidcc_server() {
    let world = World::new().await;
    let site = Site::new(&world, Kind::Web).await;
    let phone = phone();
    let (_, account) = world.signed_up(&phone).await;
    let mut browser = world.browser();
    // Unknown to the browser: sign in, where the site is named, then consent, then the site.
    let begun = begin(
        &browser,
        &site,
        &[("login_hint", &phone), ("ui_locales", "en zh")],
    )
    .await;
    assert_eq!(begun.step(), Step::SignIn);
    let id = &begun.authorization_id;
    let page = get(&browser, id).await.unwrap();
    assert_eq!(
        (
            page.client_name.as_str(),
            page.organisation_name.as_str(),
            page.step()
        ),
        ("学会网站", "中国计算机学会", Step::SignIn)
    );
    assert_eq!(
        (page.login_hint.as_str(), page.ui_locales.as_slice()),
        (
            phone.as_str(),
            ["en".to_owned(), "zh".to_owned()].as_slice()
        )
    );
    sign_in_again(&mut browser, &phone).await;
    assert_eq!(resume(&browser, id).await.unwrap().step(), Step::Consent);
    let page = get(&browser, id).await.unwrap();
    assert_eq!(
        (page.step(), page.scopes.as_slice()),
        (
            Step::Consent,
            ["openid".to_owned(), "profile".to_owned()].as_slice()
        )
    );
    assert!(
        page.login_hint.is_empty(),
        "who has signed in is not told whom the site suggests"
    );
    let next = decide(&browser, id, Decision::ConsentGiven).await.unwrap();
    assert_eq!(next, format!("/oauth2/authorize/{id}"));
    let answer = resume(&browser, id).await.unwrap();
    let code = told(&answer, "code");
    let tokens = issue(&world, site.exchange(&code)).await;
    let claims = id_claims(&world, &tokens.id_token, &site.id).await;
    assert_eq!(
        (&claims["sub"], claims["nonce"].as_str()),
        (&account.person_id.clone().into(), Some("a nonce"))
    );
    assert!(claims["sid"].is_string() && claims["auth_time"].is_i64());
    // A request is answered once.
    assert_eq!(
        refused(resume(&browser, id).await),
        "AUTHORIZATION_REQUEST_ENDED"
    );
    assert_eq!(
        refused(get(&browser, id).await),
        "AUTHORIZATION_REQUEST_ENDED"
    );
    // What was agreed to is not asked again.
    let straight = begin(&browser, &site, &[]).await;
    assert!(!told(&straight, "code").is_empty());
}

#[tokio::test]
async fn oidcc_prompt_none_not_logged_in() {
    let world = World::new().await;
    let site = Site::new(&world, Kind::Web).await;
    let answer = begin(&world.browser(), &site, &[("prompt", "none")]).await;
    assert_eq!(told(&answer, "error"), "login_required");
    let kept = world
        .count("select count(*) from authorization_requests")
        .await;
    assert_eq!(kept, 0, "what needs no page is not kept");
}

#[tokio::test]
async fn oidcc_prompt_none_logged_in() {
    let world = World::new().await;
    let site = Site::new(&world, Kind::Web).await;
    let (browser, _) = world.verified(1).await;
    let none = [("prompt", "none")];
    assert_eq!(
        told(&begin(&browser, &site, &none).await, "error"),
        "consent_required"
    );
    agreed(&browser, &site).await;
    assert!(!told(&begin(&browser, &site, &none).await, "code").is_empty());
    let both = begin(&browser, &site, &[("prompt", "none login")]).await;
    assert_eq!(told(&both, "error"), "invalid_request");
    world.wait(Duration::seconds(61));
    let old = begin(&browser, &site, &[("prompt", "none"), ("max_age", "60")]).await;
    assert_eq!(told(&old, "error"), "login_required");
}

#[tokio::test]
async fn oidcc_prompt_login() {
    let world = World::new().await;
    let site = Site::new(&world, Kind::Web).await;
    let phone = phone();
    let (mut browser, _) = world.signed_up(&phone).await;
    agreed(&browser, &site).await;
    world.wait(Duration::seconds(5));
    for demand in [("prompt", "login"), ("max_age", "0"), ("max_age", "1")] {
        let begun = begin(&browser, &site, &[demand]).await;
        assert_eq!(begun.step(), Step::SignIn, "{demand:?}");
        let id = &begun.authorization_id;
        // Opening the next address without signing in leads back, however often.
        for _ in 0..2 {
            assert_eq!(resume(&browser, id).await.unwrap().step(), Step::SignIn);
        }
        world.wait(Duration::seconds(5));
        sign_in_again(&mut browser, &phone).await;
        world.wait(Duration::seconds(5));
        let answer = resume(&browser, id).await.unwrap();
        let tokens = issue(&world, site.exchange(&told(&answer, "code"))).await;
        let claims = id_claims(&world, &tokens.id_token, &site.id).await;
        let ago = world.clock.now().unix_timestamp() - claims["auth_time"].as_i64().unwrap();
        assert_eq!(ago, 5, "{demand:?}: the sign-in that was demanded");
    }
}

#[tokio::test]
async fn oidcc_max_age_10000() {
    let world = World::new().await;
    let site = Site::new(&world, Kind::Web).await;
    let (browser, _) = world.verified(1).await;
    agreed(&browser, &site).await;
    world.wait(Duration::seconds(100));
    for age in ["10000", "99999999999999999999"] {
        let answer = begin(&browser, &site, &[("max_age", age)]).await;
        assert!(!told(&answer, "code").is_empty(), "{age}");
    }
}

#[tokio::test]
async fn oidcc_id_token_hint() {
    let world = World::new().await;
    let site = Site::new(&world, Kind::Web).await;
    let phones = [phone(), phone()];
    let (mut browser, _) = world.signed_up(&phones[0]).await;
    let (other, _) = world.signed_up(&phones[1]).await;
    let mut hints = Vec::new();
    for browser in [&browser, &other] {
        agreed(browser, &site).await;
        let code = told(&begin(browser, &site, &[]).await, "code");
        hints.push(issue(&world, site.exchange(&code)).await.id_token);
    }
    world.wait(Duration::hours(2));
    let with = async |browser: &Browser, hint: &str, prompt: &str| {
        begin(
            browser,
            &site,
            &[("id_token_hint", hint), ("prompt", prompt)],
        )
        .await
    };
    let own = with(&browser, &hints[0], "none").await;
    assert!(
        !told(&own, "code").is_empty(),
        "expired, and still about this person"
    );
    assert_eq!(
        told(&with(&browser, &hints[1], "none").await, "error"),
        "login_required"
    );
    assert_eq!(
        told(&with(&browser, "ey.ey.ey", "none").await, "error"),
        "invalid_request"
    );
    // With pages: signing in as the person whom the site means, or nothing.
    let begun = with(&browser, &hints[1], "-").await;
    assert_eq!(begun.step(), Step::SignIn);
    world.wait(Duration::seconds(5));
    sign_in_again(&mut browser, &phones[0]).await;
    let answer = resume(&browser, &begun.authorization_id).await.unwrap();
    assert_eq!(told(&answer, "error"), "login_required");
    let begun = with(&browser, &hints[1], "-").await;
    world.wait(Duration::seconds(5));
    sign_in_again(&mut browser, &phones[1]).await;
    let answer = resume(&browser, &begun.authorization_id).await.unwrap();
    assert!(!told(&answer, "code").is_empty());
    // Likewise by name.
    let claims = r#"{"id_token": {"sub": {"value": "019ad0c8-0000-7000-8000-000000000001"}}}"#;
    let answer = begin(&browser, &site, &[("claims", claims), ("prompt", "none")]).await;
    assert_eq!(told(&answer, "error"), "login_required");
}

#[tokio::test]
async fn prompt_consent_asks_again_and_takes_no_older_answer() {
    let world = World::new().await;
    let site = Site::new(&world, Kind::Web).await;
    let (browser, _) = world.verified(1).await;
    let (other, _) = world.verified(2).await;
    agreed(&browser, &site).await;
    agreed(&other, &site).await;
    let begun = begin(&browser, &site, &[("prompt", "consent")]).await;
    assert_eq!(begun.step(), Step::Consent);
    let id = &begun.authorization_id;
    assert_eq!(
        get(&browser, id).await.unwrap().scopes,
        ["openid", "profile"]
    );
    assert_eq!(resume(&browser, id).await.unwrap().step(), Step::Consent);
    decide(&other, id, Decision::ConsentGiven).await.unwrap();
    assert_eq!(
        resume(&browser, id).await.unwrap().step(),
        Step::Consent,
        "another person agreed"
    );
    for _ in 0..2 {
        decide(&browser, id, Decision::ConsentGiven).await.unwrap();
    }
    let (a, b) = tokio::join!(resume(&browser, id), resume(&browser, id));
    let codes = [a, b].into_iter().filter(|answer| {
        answer
            .as_ref()
            .is_ok_and(|answer| !told(answer, "code").is_empty())
    });
    assert_eq!(codes.count(), 1, "one code, however often it is asked for");
}

#[tokio::test]
async fn select_account_is_chosen_after_the_request() {
    let world = World::new().await;
    let site = Site::new(&world, Kind::Web).await;
    let phone = phone();
    let (mut browser, _) = world.signed_up(&phone).await;
    agreed(&browser, &site).await;
    world.wait(Duration::seconds(5));
    let select = [("prompt", "select_account")];
    let begun = begin(&browser, &site, &select).await;
    assert_eq!(begun.step(), Step::SelectAccount);
    let id = &begun.authorization_id;
    assert_eq!(get(&browser, id).await.unwrap().step(), Step::SelectAccount);
    decide(&browser, id, Decision::AccountSelected)
        .await
        .unwrap();
    assert!(!told(&resume(&browser, id).await.unwrap(), "code").is_empty());
    let begun = begin(&browser, &site, &select).await;
    world.wait(Duration::seconds(5));
    sign_in_again(&mut browser, &phone).await;
    let answer = resume(&browser, &begun.authorization_id).await.unwrap();
    assert!(!told(&answer, "code").is_empty(), "who signs in has chosen");
}

#[tokio::test]
async fn oidcc_response_mode_form_post() {
    let world = World::new().await;
    let site = Site::new(&world, Kind::Web).await;
    let (browser, _) = world.verified(1).await;
    agreed(&browser, &site).await;
    let mode = ("response_mode", "form_post");
    let answer = begin(&browser, &site, &[mode]).await;
    assert_eq!(
        (answer.post_to.as_str(), answer.redirect_to.as_str()),
        (REDIRECT, "")
    );
    let field = |answer: &AuthorizationAnswer, name: &str| {
        let found = answer.fields.iter().find(|field| field.name == name);
        found.map(|field| field.value.clone()).unwrap_or_default()
    };
    assert_eq!(
        (
            field(&answer, "state").as_str(),
            field(&answer, "iss").as_str()
        ),
        ("a state & more", URL)
    );
    let tokens = issue(&world, site.exchange(&field(&answer, "code"))).await;
    assert_eq!(tokens.error, "");
    // Errors go the same way, after pages too.
    let answer = begin(&browser, &site, &[mode, ("prompt", "create")]).await;
    assert_eq!(field(&answer, "error"), "invalid_request");
    let begun = begin(&browser, &site, &[mode, ("prompt", "consent")]).await;
    decide(&browser, &begun.authorization_id, Decision::Refused)
        .await
        .unwrap();
    let answer = resume(&browser, &begun.authorization_id).await.unwrap();
    assert_eq!(field(&answer, "error"), "access_denied");
}

#[tokio::test]
async fn oidcc_claims_essential() {
    let world = World::new().await;
    let (administrator, _) = world
        .staff(900, "organisation.administrator", world.society)
        .await;
    let message = wire::CreateClientRequest {
        kind: Kind::Web.into(),
        scopes: ["openid", "profile", "email", "phone"]
            .map(Into::into)
            .to_vec(),
        redirect_uris: vec![REDIRECT.into()],
        ..machine(world.society, &[])
    };
    let site = Site::registered(&administrator, message).await;
    let (browser, account) = world.signed_up("19900000321").await;
    let claims = r#"{"userinfo": {"phone_number": {"essential": true}}, "id_token": {"name": {"essential": true}}}"#;
    let asked = [("scope", "openid"), ("claims", claims)];
    let begun = begin(&browser, &site, &asked).await;
    let id = &begun.authorization_id;
    assert_eq!(
        get(&browser, id).await.unwrap().scopes,
        ["openid", "profile", "phone"]
    );
    decide(&browser, id, Decision::ConsentGiven).await.unwrap();
    let code = told(&resume(&browser, id).await.unwrap(), "code");
    let tokens = issue(&world, site.exchange(&code)).await;
    let in_token = id_claims(&world, &tokens.id_token, &site.id).await;
    assert_eq!(in_token["name"], "小王");
    assert!(in_token.get("phone_number").is_none() && in_token.get("preferred_username").is_none());
    let info = userinfo(&world, &tokens.access_token).await.unwrap();
    assert_eq!(
        info,
        serde_json::json!({"sub": account.person_id, "phone_number": "+8619900000321"})
    );
    // The scopes say both; there is no mail address to be told.
    let begun = begin(&browser, &site, &[("scope", "openid email phone")]).await;
    decide(&browser, &begun.authorization_id, Decision::ConsentGiven)
        .await
        .unwrap();
    let code = told(
        &resume(&browser, &begun.authorization_id).await.unwrap(),
        "code",
    );
    let tokens = issue(&world, site.exchange(&code)).await;
    let info = userinfo(&world, &tokens.access_token).await.unwrap();
    assert_eq!(
        (&info["phone_number_verified"], info.get("email")),
        (&true.into(), None)
    );
}

#[tokio::test]
async fn what_is_wrong_is_told_to_the_site_if_it_is_known_and_to_the_person_otherwise() {
    let world = World::new().await;
    let site = Site::new(&world, Kind::Web).await;
    let (browser, _) = world.verified(1).await;
    agreed(&browser, &site).await;
    let long = "x".repeat(2_500);
    let answer = begin(&browser, &site, &[("nonce", &long)]).await;
    assert_eq!(told(&answer, "error"), "invalid_request");
    let answer = begin(&browser, &site, &[("state", &long)]).await;
    assert_eq!(query(&answer.redirect_to)["state"], long);
    for shown in [
        [("redirect_uri", "https://evil.example/")],
        [("client_id", "unheard-of")],
        [("client_id", "-")],
    ] {
        let answer = begin(&browser, &site, &shown).await;
        assert!(
            !answer.error.is_empty() && answer.redirect_to.is_empty() && answer.post_to.is_empty(),
            "{shown:?}"
        );
    }
    let longest = "x".repeat(4_001);
    assert_eq!(
        begin(&browser, &site, &[("state", &longest)]).await.error,
        "invalid_request"
    );
    for id in ["", "nonsense", &Uuid::now_v7().to_string()] {
        assert_eq!(
            refused(resume(&browser, id).await),
            "AUTHORIZATION_REQUEST_ENDED"
        );
    }
}

#[tokio::test]
async fn a_request_ends_after_ten_minutes_and_with_the_client() {
    let world = World::new().await;
    let (administrator, _) = world
        .staff(901, "organisation.administrator", world.society)
        .await;
    let site = Site::new(&world, Kind::Web).await;
    let (browser, _) = world.verified(1).await;
    let late = begin(&browser, &site, &[]).await.authorization_id;
    world.wait(Duration::minutes(10));
    for refusal in [
        refused(resume(&browser, &late).await),
        refused(get(&browser, &late).await),
        refused(decide(&browser, &late, Decision::ConsentGiven).await),
    ] {
        assert_eq!(refusal, "AUTHORIZATION_REQUEST_ENDED");
    }
    let begun = begin(&browser, &site, &[]).await.authorization_id;
    let message = wire::DisableClientRequest {
        client_id: site.id.clone(),
        request_id: String::new(),
    };
    let request = administrator.signed(message).await.unwrap();
    administrator
        .clients()
        .disable_client(request)
        .await
        .unwrap();
    assert_eq!(
        refused(resume(&browser, &begun).await),
        "AUTHORIZATION_REQUEST_ENDED"
    );
    assert_eq!(
        refused(decide(&browser, &begun, Decision::ConsentGiven).await),
        "AUTHORIZATION_REQUEST_ENDED"
    );
}

#[tokio::test]
async fn no_page_lets_a_minor_through() {
    let world = World::new().await;
    let site = Site::new(&world, Kind::Web).await;
    let (browser, _) = world.signed_up(&phone()).await;
    let begun = begin(&browser, &site, &[]).await.authorization_id;
    browser
        .verify("王示例", &born("20081122", 7))
        .await
        .unwrap();
    assert_eq!(
        refused(decide(&browser, &begun, Decision::ConsentGiven).await),
        "MINOR_AT_THIRD_PARTY"
    );
    assert!(resume(&browser, &begun).await.unwrap().minor);
    assert!(begin(&browser, &site, &[]).await.minor);
    let quiet = begin(&browser, &site, &[("prompt", "none")]).await;
    assert_eq!(told(&quiet, "error"), "access_denied");
    decide(&browser, &begun, Decision::Refused).await.unwrap();
    assert_eq!(
        told(&resume(&browser, &begun).await.unwrap(), "error"),
        "access_denied"
    );
}

#[tokio::test]
async fn software_without_pkce_signs_people_in_with_a_nonce_where_that_is_allowed() {
    let world = World::new().await;
    let (administrator, _) = world
        .staff(900, "organisation.administrator", world.society)
        .await;
    let message = wire::CreateClientRequest {
        kind: Kind::Web.into(),
        scopes: vec!["openid".into(), "profile".into()],
        redirect_uris: vec![REDIRECT.into()],
        pkce_optional: true,
        ..machine(world.society, &[])
    };
    let site = Site::registered(&administrator, message).await;
    let (browser, _) = world.verified(1).await;
    let without = [("code_challenge", "-"), ("code_challenge_method", "-")];
    let answer = begin(&browser, &site, &[without[0], without[1], ("nonce", "-")]).await;
    assert_eq!(told(&answer, "error"), "invalid_request");
    agreed(&browser, &site).await;
    let plain = wire::IssueTokenRequest {
        code_verifier: String::new(),
        ..site.exchange(&told(&begin(&browser, &site, &without).await, "code"))
    };
    assert_eq!(issue(&world, plain).await.error, "");
    // A challenge cannot be left out afterwards, nor a verifier made up (RFC 9700 section 4.8.2).
    let stripped = wire::IssueTokenRequest {
        code_verifier: String::new(),
        ..site.exchange(&told(&begin(&browser, &site, &[]).await, "code"))
    };
    assert_eq!(issue(&world, stripped).await.error, "invalid_grant");
    let made_up = site.exchange(&told(&begin(&browser, &site, &without).await, "code"));
    assert_eq!(issue(&world, made_up).await.error, "invalid_grant");
    let message = wire::CreateClientRequest {
        kind: Kind::PublicApp.into(),
        scopes: vec!["openid".into()],
        redirect_uris: vec![REDIRECT.into()],
        ..machine(world.society, &[])
    };
    let strict = Site::registered(&administrator, message).await;
    let answer = begin(&browser, &strict, &without).await;
    assert_eq!(told(&answer, "error"), "invalid_request");
    let status = decide(
        &world.browser(),
        &Uuid::now_v7().to_string(),
        Decision::Refused,
    )
    .await;
    assert!(status.is_err_and(|status| detail(&status, "error").is_none()));
}

#[tokio::test]
async fn what_was_agreed_to_before_is_shown_and_told_apart() {
    let world = World::new().await;
    let site = Site::new(&world, Kind::Web).await;
    let (browser, _) = world.verified(1).await;
    agreed(&browser, &site).await;
    // More than before: what is new is asked, and the rest is said.
    for (scope, asked, before) in [
        (
            "openid profile person_number",
            &["person_number"][..],
            &["openid", "profile"][..],
        ),
        (
            "openid person_number",
            &["person_number"],
            &["openid", "profile"],
        ),
    ] {
        let begun = begin(&browser, &site, &[("scope", scope)]).await;
        let page = get(&browser, &begun.authorization_id).await.unwrap();
        assert_eq!(page.step(), Step::Consent);
        assert_eq!(
            (page.scopes.as_slice(), page.agreed_scopes.as_slice()),
            (
                asked
                    .iter()
                    .map(|s| (*s).to_owned())
                    .collect::<Vec<_>>()
                    .as_slice(),
                before
                    .iter()
                    .map(|s| (*s).to_owned())
                    .collect::<Vec<_>>()
                    .as_slice(),
            )
        );
    }
    // All is asked again: nothing is told apart.
    let begun = begin(&browser, &site, &[("prompt", "consent")]).await;
    let page = get(&browser, &begun.authorization_id).await.unwrap();
    assert_eq!(page.scopes, ["openid", "profile"]);
    assert!(page.agreed_scopes.is_empty());
    // Who is not signed in is not told what a person has agreed to.
    let page = get(&world.browser(), &begun.authorization_id)
        .await
        .unwrap();
    assert!(page.scopes.is_empty() && page.agreed_scopes.is_empty());
}

#[tokio::test]
async fn what_the_site_loses_on_the_way_is_neither_asked_nor_issued() {
    let world = World::new().await;
    let site = Site::new(&world, Kind::Web).await;
    let (browser, _) = world.verified(1).await;
    let lose = "update clients set scopes = '{openid}', version = version + 1";
    let regain =
        "update clients set scopes = '{openid,profile,person_number}', version = version + 1";
    let claims = r#"{"id_token": {"name": null}, "userinfo": {"person_number": null}}"#;
    let asked = [("scope", "openid profile"), ("claims", claims)];
    // Before the consent page.
    let begun = begin(&browser, &site, &asked).await;
    world.execute(lose).await;
    let id = &begun.authorization_id;
    assert_eq!(get(&browser, id).await.unwrap().scopes, ["openid"]);
    decide(&browser, id, Decision::ConsentGiven).await.unwrap();
    let agreed = world
        .count("select count(*) from authorization_consents")
        .await;
    assert_eq!(agreed, 1, "nothing else was agreed to");
    let code = told(&resume(&browser, id).await.unwrap(), "code");
    // Between the code and the tokens.
    world.execute(regain).await;
    let begun = begin(&browser, &site, &asked).await;
    let id = &begun.authorization_id;
    decide(&browser, id, Decision::ConsentGiven).await.unwrap();
    let second = told(&resume(&browser, id).await.unwrap(), "code");
    world.execute(lose).await;
    for code in [code, second] {
        let tokens = issue(&world, site.exchange(&code)).await;
        assert_eq!(
            (tokens.error.as_str(), tokens.scope.as_str()),
            ("", "openid")
        );
        let claims = id_claims(&world, &tokens.id_token, &site.id).await;
        assert!(claims.get("name").is_none(), "{claims}");
        world.execute(regain).await;
        let info = userinfo(&world, &tokens.access_token).await.unwrap();
        assert_eq!(info.as_object().unwrap().len(), 1, "nor later: {info}");
        world.execute(lose).await;
    }
}

#[tokio::test]
async fn an_origin_that_fills_the_table_is_slowed_down_and_no_other() {
    let world = World::new().await;
    let site = Site::new(&world, Kind::Web).await;
    let (stranger, neighbour) = (world.browser(), world.browser());
    // As many as are free, less two.
    let first = begin(&stranger, &site, &[]).await;
    world
        .execute("update throttles set failures = 1998 where throttle_key in (select counted_for from authorization_requests)")
        .await;
    for _ in 0..3 {
        begin(&stranger, &site, &[]).await;
    }
    let message = wire::BeginAuthorizationRequest {
        parameters: parameters(&site, &[]),
        session_secret: String::new(),
    };
    let again = async || {
        let request = stranger.via_gateway(message.clone());
        stranger.sign_on().begin_authorization(request).await
    };
    let kept = "select count(*) from authorization_requests";
    let before = world.count(kept).await;
    let refusal = again().await.unwrap_err();
    assert_eq!(crate::world::reason(&refusal), "TOO_MANY_REQUESTS");
    assert_eq!(world.count(kept).await, before, "nothing was kept");
    // Another network is not concerned, at the same site.
    assert_eq!(begin(&neighbour, &site, &[]).await.step(), Step::SignIn);
    // What is answered counts no longer.
    let counted = "select max(failures)::bigint from throttles where throttle_key in (select counted_for from authorization_requests)";
    let failures = world.count(counted).await;
    let mut person = stranger.clone();
    let number = phone();
    let (signed_up, _) = world.signed_up(&number).await;
    person.session = signed_up.session;
    decide(&person, &first.authorization_id, Decision::Refused)
        .await
        .unwrap();
    let answer = resume(&person, &first.authorization_id).await.unwrap();
    assert_eq!(told(&answer, "error"), "access_denied");
    assert_eq!(world.count(counted).await, failures - 1);
    // The pause is short.
    world.wait(Duration::seconds(5));
    assert!(again().await.is_ok());
}

#[tokio::test]
async fn requests_that_no_person_answers_are_thrown_away() {
    let world = World::new().await;
    let site = Site::new(&world, Kind::Web).await;
    begin(&world.browser(), &site, &[]).await;
    let kept = "select count(*) from authorization_requests";
    for (wait, left) in [(Duration::minutes(9), 1), (Duration::minutes(2), 0)] {
        world.wait(wait);
        let now = world.clock.now();
        identity::sweep_demands(&world.db, now).await.unwrap();
        assert_eq!(world.count(kept).await, left);
    }
}

#[tokio::test]
async fn an_app_is_told_in_its_address_that_no_form_reaches_it() {
    let world = World::new().await;
    let (administrator, _) = world
        .staff(900, "organisation.administrator", world.society)
        .await;
    let app = "com.example.app:/callback";
    let message = wire::CreateClientRequest {
        kind: Kind::PublicApp.into(),
        scopes: vec!["openid".into()],
        redirect_uris: vec![app.into()],
        ..machine(world.society, &[])
    };
    let site = Site::registered(&administrator, message).await;
    let asked = [
        ("redirect_uri", app),
        ("scope", "openid"),
        ("response_mode", "form_post"),
    ];
    let answer = begin(&world.browser(), &site, &asked).await;
    assert_eq!(
        (answer.post_to.as_str(), answer.step()),
        ("", Step::Unspecified)
    );
    let refused = "com.example.app:/callback?error=unsupported_response_mode&";
    assert!(
        answer.redirect_to.starts_with(refused),
        "{}",
        answer.redirect_to
    );
}
