//! What becomes of the tokens that a site got: refreshed, revoked, looked at, and ended at once by what ends them.

use identity::sign_on::families::store;
use proto_identity::v1::{self as wire, client::Kind, request_code_request::Purpose};
use serde_json::Value;
use time::Duration;
use tonic::Response;

use crate::{
    authorizations::{begin, decide},
    clients::{machine, register},
    sign_on::{REDIRECT, Site, id_claims, issue, query, userinfo},
    world::{Browser, PASSWORD, World, born, phone},
};
use wire::decide_authorization_request::Decision;

/// A site that may act for people who are signed out.
async fn site(world: &World) -> Site {
    let (administrator, _) = world
        .staff(900, "organisation.administrator", world.society)
        .await;
    let message = wire::CreateClientRequest {
        kind: Kind::Web.into(),
        scopes: ["openid", "profile", "offline_access"]
            .map(Into::into)
            .to_vec(),
        redirect_uris: vec![REDIRECT.into()],
        ..machine(world.society, &[])
    };
    Site::registered(&administrator, message).await
}

async fn tokens(
    world: &World,
    site: &Site,
    browser: &Browser,
    scope: &str,
) -> wire::IssueTokenResponse {
    let asked = [("scope", scope)];
    let mut answer = begin(browser, site, &asked).await;
    if answer.redirect_to.is_empty() {
        let id = answer.authorization_id;
        decide(browser, &id, Decision::ConsentGiven).await.unwrap();
        answer = crate::authorizations::resume(browser, &id).await.unwrap();
    }
    let code = query(&answer.redirect_to)["code"].clone();
    let tokens = issue(world, site.exchange(&code)).await;
    assert_eq!(tokens.error, "");
    assert!(!tokens.refresh_token.is_empty());
    tokens
}

fn refreshing(site: &Site, token: &str) -> wire::IssueTokenRequest {
    wire::IssueTokenRequest {
        grant_type: "refresh_token".into(),
        client_id: site.id.clone(),
        client_secret: site.secret.clone(),
        refresh_token: token.into(),
        ..Default::default()
    }
}

async fn refresh(world: &World, site: &Site, token: &str) -> wire::IssueTokenResponse {
    issue(world, refreshing(site, token)).await
}

async fn introspect(world: &World, site: &Site, token: &str) -> Value {
    let gateway = world.browser();
    let message = wire::IntrospectTokenRequest {
        client_id: site.id.clone(),
        client_secret: site.secret.clone(),
        token: token.to_owned(),
        ..Default::default()
    };
    let request = gateway.via_gateway(message);
    let answer = gateway
        .sign_on()
        .introspect_token(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(answer.error, "");
    serde_json::from_str(&answer.claims_json).unwrap()
}

async fn revoke(world: &World, site: &Site, token: &str) -> String {
    let gateway = world.browser();
    let message = wire::RevokeTokenRequest {
        client_id: site.id.clone(),
        client_secret: site.secret.clone(),
        token: token.to_owned(),
        ..Default::default()
    };
    let request = gateway.via_gateway(message);
    gateway
        .sign_on()
        .revoke_token(request)
        .await
        .unwrap()
        .into_inner()
        .error
}

async fn sign_out(browser: &Browser) {
    let message = wire::DeleteSessionRequest {
        session_id: "current".into(),
    };
    let request = browser.signed(message).await.unwrap();
    browser.sessions().delete_session(request).await.unwrap();
}

/// Whether nothing of these tokens is of any use.
async fn dead(world: &World, site: &Site, tokens: &wire::IssueTokenResponse) -> bool {
    let seen = userinfo(world, &tokens.access_token).await.is_none();
    let access = introspect(world, site, &tokens.access_token).await;
    let kept = introspect(world, site, &tokens.refresh_token).await;
    let refreshed = refresh(world, site, &tokens.refresh_token).await;
    let gone = [
        seen,
        access["active"] == false,
        kept["active"] == false,
        refreshed.error == "invalid_grant",
    ];
    assert!(gone.iter().all(|g| *g == gone[0]), "half dead: {gone:?}");
    gone[0]
}

async fn alive(world: &World, tokens: &wire::IssueTokenResponse) -> bool {
    userinfo(world, &tokens.access_token).await.is_some()
}

#[tokio::test]
async fn oidcc_refresh_token() {
    let world = World::new().await;
    let site = site(&world).await;
    let (browser, account) = world.verified(1).await;
    let first = tokens(&world, &site, &browser, "openid profile").await;
    world.wait(Duration::minutes(4));
    let second = refresh(&world, &site, &first.refresh_token).await;
    assert_eq!(
        (
            second.error.as_str(),
            second.scope.as_str(),
            second.expires_in
        ),
        ("", "openid profile", 300)
    );
    assert_ne!(second.refresh_token, first.refresh_token);
    let (before, after) = (
        id_claims(&world, &first.id_token, &site.id).await,
        id_claims(&world, &second.id_token, &site.id).await,
    );
    for same in ["iss", "sub", "aud", "auth_time", "sid", "acr"] {
        assert_eq!(before[same], after[same], "{same}");
    }
    assert_eq!(
        after["iat"].as_i64().unwrap() - before["iat"].as_i64().unwrap(),
        240
    );
    assert!(after.get("nonce").is_none() && after.get("name").is_none());
    world.wait(Duration::minutes(4));
    let info = userinfo(&world, &second.access_token).await.unwrap();
    assert_eq!(
        (&info["sub"], &info["name"]),
        (&account.person_id.into(), &"王示例".into())
    );
    assert!(
        userinfo(&world, &first.access_token).await.is_none(),
        "expired by itself"
    );
    // Less is allowed, more is not.
    let less = wire::IssueTokenRequest {
        scope: "openid".into(),
        ..refreshing(&site, &second.refresh_token)
    };
    let third = issue(&world, less).await;
    assert_eq!(third.scope, "openid");
    let info = userinfo(&world, &third.access_token).await.unwrap();
    assert!(info.get("name").is_none());
    let more = wire::IssueTokenRequest {
        scope: "openid person_number".into(),
        ..refreshing(&site, &third.refresh_token)
    };
    assert_eq!(issue(&world, more).await.error, "invalid_scope");
    assert_eq!(
        refresh(&world, &site, "unheard-of").await.error,
        "invalid_grant"
    );
    assert_eq!(refresh(&world, &site, "").await.error, "invalid_request");
}

#[tokio::test]
async fn two_refreshes_at_once_get_the_same_successor() {
    let world = World::new().await;
    let site = site(&world).await;
    let (browser, _) = world.verified(1).await;
    let first = tokens(&world, &site, &browser, "openid").await;
    // The race is real: both have found the token unused before either may go on.
    let mut held = world.pool().begin().await.unwrap();
    sqlx::query("select 1 from token_families for update")
        .execute(&mut *held)
        .await
        .unwrap();
    let tabs = async {
        tokio::join!(
            refresh(&world, &site, &first.refresh_token),
            refresh(&world, &site, &first.refresh_token)
        )
    };
    let release = async {
        world.waiting(2).await;
        let unused = world
            .count("select count(*) from refresh_tokens where used_at is null")
            .await;
        assert_eq!(
            unused, 1,
            "the control: without the lock both would replace it"
        );
        held.rollback().await.unwrap();
    };
    let ((a, b), ()) = tokio::join!(tabs, release);
    assert_eq!((a.error.as_str(), b.error.as_str()), ("", ""));
    assert_eq!(a.refresh_token, b.refresh_token);
    assert_eq!(world.count("select count(*) from refresh_tokens").await, 2);
    assert!(alive(&world, &a).await && alive(&world, &b).await);
    let next = refresh(&world, &site, &a.refresh_token).await;
    assert_eq!(next.error, "");
}

#[tokio::test]
async fn a_refresh_token_that_was_copied_ends_all_tokens_of_the_sign_in() {
    let world = World::new().await;
    let site = site(&world).await;
    let (browser, account) = world.verified(1).await;
    for wait in [Duration::ZERO, Duration::seconds(10)] {
        let first = tokens(&world, &site, &browser, "openid").await;
        let mut last = refresh(&world, &site, &first.refresh_token).await;
        if wait.is_zero() {
            // At once, but after the successor was used: no second tab does that.
            last = refresh(&world, &site, &last.refresh_token).await;
        }
        world.wait(wait);
        assert!(alive(&world, &last).await);
        let copied = refresh(&world, &site, &first.refresh_token).await;
        assert_eq!(copied.error, "invalid_grant");
        assert!(dead(&world, &site, &last).await);
    }
    let actor = format!("client:{}", site.id);
    assert_eq!(world.records(&actor, "REFRESH_TOKEN_USED_BEFORE").await, 2);
    let other = tokens(&world, &site, &browser, "openid").await;
    assert!(
        alive(&world, &other).await,
        "the person signs in again: {}",
        account.person_id
    );
}

#[tokio::test]
async fn oidcc_codereuse_30seconds() {
    let world = World::new().await;
    let site = site(&world).await;
    let (browser, _) = world.verified(1).await;
    tokens(&world, &site, &browser, "openid").await;
    let answer = begin(&browser, &site, &[("scope", "openid")]).await;
    let code = query(&answer.redirect_to)["code"].clone();
    // Both have the code in hand before either may go on.
    let mut held = world.pool().begin().await.unwrap();
    sqlx::query("select 1 from authorization_codes where used_at is null for update")
        .execute(&mut *held)
        .await
        .unwrap();
    let both = async {
        tokio::join!(
            issue(&world, site.exchange(&code)),
            issue(&world, site.exchange(&code))
        )
    };
    let release = async {
        world.waiting(2).await;
        held.rollback().await.unwrap();
    };
    let ((a, b), ()) = tokio::join!(both, release);
    let (won, lost) = if a.error.is_empty() { (a, b) } else { (b, a) };
    assert_eq!(
        (won.error.as_str(), lost.error.as_str()),
        ("", "invalid_grant")
    );
    assert!(
        dead(&world, &site, &won).await,
        "the code was copied: what came of it ends"
    );
}

#[tokio::test]
async fn signing_out_ends_tokens_at_once_unless_they_were_to_outlive_it() {
    let world = World::new().await;
    let site = site(&world).await;
    let (browser, _) = world.verified(1).await;
    let bound = tokens(&world, &site, &browser, "openid").await;
    let offline = tokens(&world, &site, &browser, "openid offline_access").await;
    assert!(alive(&world, &bound).await && alive(&world, &offline).await);
    sign_out(&browser).await;
    assert!(dead(&world, &site, &bound).await);
    assert!(!dead(&world, &site, &offline).await);
}

#[tokio::test]
async fn a_refresh_against_a_sign_out_leaves_nothing_alive() {
    let world = World::new().await;
    let site = site(&world).await;
    let (browser, _) = world.verified(1).await;
    // The sign-out comes first: the refresh stands before the family until it is done.
    let first = tokens(&world, &site, &browser, "openid").await;
    let mut held = world.pool().begin().await.unwrap();
    sqlx::query("select 1 from token_families for update")
        .execute(&mut *held)
        .await
        .unwrap();
    let other = async {
        world.waiting(1).await;
        sign_out(&browser).await;
        held.rollback().await.unwrap();
    };
    let (refreshed, ()) = tokio::join!(refresh(&world, &site, &first.refresh_token), other);
    assert_eq!(refreshed.error, "invalid_grant");
    // Both at once, and both in the critical section: whichever is first, the tokens end.
    let (browser, _) = world.verified(2).await;
    let first = tokens(&world, &site, &browser, "openid").await;
    let mut held = world.pool().begin().await.unwrap();
    sqlx::query("select 1 from sessions for update")
        .execute(&mut *held)
        .await
        .unwrap();
    let token = browser.token().await.unwrap();
    let message = wire::DeleteSessionRequest {
        session_id: "current".into(),
    };
    let request = browser.with_token(&token, message);
    let mut sessions = browser.sessions();
    let both = async {
        tokio::join!(
            refresh(&world, &site, &first.refresh_token),
            sessions.delete_session(request)
        )
    };
    let release = async {
        world.waiting(2).await;
        held.rollback().await.unwrap();
    };
    let ((refreshed, signed_out), ()) = tokio::join!(both, release);
    signed_out.unwrap();
    if refreshed.error.is_empty() {
        assert!(dead(&world, &site, &refreshed).await);
    }
    assert!(dead(&world, &site, &first).await);
}

#[tokio::test]
async fn recovering_the_account_ends_all_tokens() {
    let world = World::new().await;
    let site = site(&world).await;
    let phone = phone();
    let (browser, _) = world.signed_up(&phone).await;
    let bound = tokens(&world, &site, &browser, "openid").await;
    let offline = tokens(&world, &site, &browser, "openid offline_access").await;
    // Another code is sent after a minute.
    world.wait(Duration::minutes(1));
    let thief = world.browser();
    let (code_id, code) = world.code(&thief, Purpose::Recover, &phone).await;
    let message = wire::RecoverAccountRequest {
        code_id,
        code,
        new_password: "another battery staple".into(),
        request_id: String::new(),
    };
    let request = thief.via_gateway(message);
    thief.accounts().recover_account(request).await.unwrap();
    assert!(dead(&world, &site, &bound).await && dead(&world, &site, &offline).await);
}

#[tokio::test]
async fn changing_the_password_ends_what_other_sessions_let_sites_do() {
    let world = World::new().await;
    let site = site(&world).await;
    let phone = phone();
    let (browser, _) = world.signed_up(&phone).await;
    let mut other = world.browser();
    other.sign_in(&phone, PASSWORD).await.unwrap();
    let mut gone = world.browser();
    gone.sign_in(&phone, PASSWORD).await.unwrap();
    let own = tokens(&world, &site, &browser, "openid offline_access").await;
    let others = tokens(&world, &site, &other, "openid offline_access").await;
    let signed_out = tokens(&world, &site, &gone, "openid offline_access").await;
    sign_out(&gone).await;
    world
        .execute("update token_families f set session_id = null from sessions s where s.session_id = f.session_id and revoked_at is not null")
        .await;
    assert!(alive(&world, &signed_out).await, "the control");
    let message = wire::ChangePasswordRequest {
        current_password: PASSWORD.into(),
        new_password: "another battery staple".into(),
        ..Default::default()
    };
    let request = browser.signed(message).await.unwrap();
    browser.accounts().change_password(request).await.unwrap();
    for ended in [&others, &signed_out] {
        assert!(!alive(&world, ended).await);
        let refreshed = refresh(&world, &site, &ended.refresh_token).await;
        assert_eq!(refreshed.error, "invalid_grant");
    }
    assert!(
        !dead(&world, &site, &own).await,
        "of the session that changes it"
    );
}

#[tokio::test]
async fn a_person_sees_the_sites_and_takes_the_consent_away() {
    let world = World::new().await;
    let site = site(&world).await;
    let (browser, _) = world.verified(1).await;
    let list = async || {
        let request = browser
            .signed(wire::ListConnectedSitesRequest::default())
            .await
            .unwrap();
        browser
            .sign_on()
            .list_connected_sites(request)
            .await
            .unwrap()
            .into_inner()
            .sites
    };
    assert!(list().await.is_empty());
    let offline = tokens(&world, &site, &browser, "openid offline_access").await;
    let sites = list().await;
    assert_eq!(sites.len(), 1);
    assert_eq!(
        (
            sites[0].organisation_name.as_str(),
            sites[0].offline,
            sites[0].scopes.as_slice()
        ),
        (
            "中国计算机学会",
            true,
            ["offline_access".to_owned(), "openid".to_owned()].as_slice()
        )
    );
    for _ in 0..2 {
        let message = wire::DisconnectSiteRequest {
            client_id: site.id.clone(),
        };
        let request = browser.signed(message).await.unwrap();
        browser.sign_on().disconnect_site(request).await.unwrap();
    }
    assert!(list().await.is_empty());
    assert!(dead(&world, &site, &offline).await);
    let again = begin(&browser, &site, &[("scope", "openid")]).await;
    assert_eq!(again.step(), wire::AuthorizationStep::Consent);
}

#[tokio::test]
async fn a_code_does_not_outlive_the_consent_it_was_issued_for() {
    let world = World::new().await;
    let site = site(&world).await;
    let (browser, _) = world.verified(1).await;
    tokens(&world, &site, &browser, "openid").await;
    let answer = begin(&browser, &site, &[("scope", "openid")]).await;
    let code = query(&answer.redirect_to)["code"].clone();
    // Both at once, and the exchange has the consent in hand: the withdrawal waits, and ends what has come of the code.
    let mut held = world.pool().begin().await.unwrap();
    sqlx::query("select 1 from authorization_consents for update")
        .execute(&mut *held)
        .await
        .unwrap();
    let message = wire::DisconnectSiteRequest {
        client_id: site.id.clone(),
    };
    let request = browser.signed(message).await.unwrap();
    let mut sign_on = browser.sign_on();
    let both = async {
        tokio::join!(
            issue(&world, site.exchange(&code)),
            sign_on.disconnect_site(request)
        )
    };
    let release = async {
        world.waiting(2).await;
        held.rollback().await.unwrap();
    };
    let ((issued, withdrawn), ()) = tokio::join!(both, release);
    withdrawn.unwrap();
    if issued.error.is_empty() {
        assert!(dead(&world, &site, &issued).await);
    }
    let alive = world
        .count("select count(*) from token_families where ended_at is null")
        .await;
    assert_eq!(alive, 0);
}

#[tokio::test]
async fn disabling_the_site_or_learning_of_an_age_ends_its_tokens() {
    let world = World::new().await;
    let site = site(&world).await;
    let (minor, _) = world.signed_up(&phone()).await;
    let early = tokens(&world, &site, &minor, "openid").await;
    let active = async |token: &str| introspect(&world, &site, token).await["active"] == true;
    assert!(active(&early.access_token).await && active(&early.refresh_token).await);
    minor.verify("王示例", &born("20150307", 9)).await.unwrap();
    assert!(!active(&early.access_token).await && !active(&early.refresh_token).await);
    assert_eq!(userinfo(&world, &early.access_token).await, None);
    assert_eq!(
        refresh(&world, &site, &early.refresh_token).await.error,
        "invalid_grant"
    );

    let (browser, _) = world.verified(1).await;
    let offline = tokens(&world, &site, &browser, "openid offline_access").await;
    let (administrator, _) = world
        .staff(902, "organisation.administrator", world.society)
        .await;
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
    assert_eq!(userinfo(&world, &offline.access_token).await, None);
    let refused = refresh(&world, &site, &offline.refresh_token).await;
    assert_eq!(refused.error, "invalid_client");
}

#[tokio::test]
async fn scopes_that_the_site_loses_are_lost_to_its_tokens() {
    let world = World::new().await;
    let site = site(&world).await;
    let (browser, _) = world.verified(1).await;
    let issued = tokens(&world, &site, &browser, "openid profile").await;
    assert!(
        userinfo(&world, &issued.access_token)
            .await
            .unwrap()
            .get("name")
            .is_some()
    );
    world
        .execute("update clients set scopes = '{openid}', version = version + 1")
        .await;
    let info = userinfo(&world, &issued.access_token).await.unwrap();
    assert!(info.get("name").is_none());
    let next = refresh(&world, &site, &issued.refresh_token).await;
    assert_eq!(next.scope, "openid");
}

#[tokio::test]
async fn a_site_ends_its_tokens_and_no_other_site_does() {
    let world = World::new().await;
    let site = site(&world).await;
    let (administrator, _) = world
        .staff(903, "organisation.administrator", world.other_society)
        .await;
    let message = wire::CreateClientRequest {
        kind: Kind::Web.into(),
        scopes: vec!["openid".into()],
        redirect_uris: vec![REDIRECT.into()],
        ..machine(world.other_society, &[])
    };
    let stranger = Site::registered(&administrator, message).await;
    let (browser, _) = world.verified(1).await;
    let issued = tokens(&world, &site, &browser, "openid").await;
    for token in [&issued.access_token, &issued.refresh_token] {
        assert_eq!(revoke(&world, &stranger, token).await, "");
        assert_eq!(introspect(&world, &stranger, token).await["active"], false);
    }
    assert_eq!(
        refresh(&world, &stranger, &issued.refresh_token)
            .await
            .error,
        "invalid_grant"
    );
    assert!(alive(&world, &issued).await);
    assert_eq!(revoke(&world, &site, "unheard-of").await, "");
    assert_eq!(revoke(&world, &site, "").await, "invalid_request");
    let seen = introspect(&world, &site, &issued.access_token).await;
    assert_eq!(
        (&seen["active"], &seen["client_id"], &seen["scope"]),
        (&true.into(), &site.id.clone().into(), &"openid".into())
    );
    assert_eq!(
        introspect(&world, &site, &issued.refresh_token).await["active"],
        true
    );
    assert_eq!(revoke(&world, &site, &issued.refresh_token).await, "");
    assert!(dead(&world, &site, &issued).await);
    let issued = tokens(&world, &site, &browser, "openid").await;
    assert_eq!(revoke(&world, &site, &issued.access_token).await, "");
    assert!(dead(&world, &site, &issued).await);
}

#[tokio::test]
async fn tokens_of_systems_are_looked_at_by_neighbours_and_end_by_themselves() {
    let world = World::new().await;
    let site = site(&world).await;
    let (administrator, _) = world
        .staff(904, "organisation.administrator", world.society)
        .await;
    let (client, secret) = register(&administrator, machine(world.society, &["members.read"]))
        .await
        .unwrap();
    let token = crate::clients::credentials(&world, &client.client_id, &secret, "").await;
    let seen = introspect(&world, &site, &token.access_token).await;
    assert_eq!(
        (&seen["active"], &seen["scope"]),
        (&true.into(), &"members.read".into())
    );
    assert_eq!(
        revoke(&world, &site, &token.access_token).await,
        "unsupported_token_type"
    );
    // It is looked at as its client is now.
    for (scopes, active) in [("{}", false), ("{members.read,members.import}", true)] {
        world
            .execute(&format!(
                "update clients set scopes = '{scopes}' where kind = 'machine'"
            ))
            .await;
        let seen = introspect(&world, &site, &token.access_token).await;
        assert_eq!(seen["active"], active, "{scopes}");
    }
    // Five minutes later no service takes it, however tolerant its clock.
    let (issued, ends) = (seen["iat"].as_i64().unwrap(), seen["exp"].as_i64().unwrap());
    assert!(ends + 30 <= issued + 300 && ends - issued == i64::from(token.expires_in));
    let gateway = world.browser();
    let message = wire::CreateClientRequest {
        kind: Kind::PublicApp.into(),
        scopes: vec!["openid".into()],
        redirect_uris: vec![REDIRECT.into()],
        ..machine(world.society, &[])
    };
    let app = Site::registered(&administrator, message).await;
    let message = wire::IntrospectTokenRequest {
        client_id: app.id.clone(),
        token: token.access_token.clone(),
        ..Default::default()
    };
    let request = gateway.via_gateway(message);
    let answer = gateway
        .sign_on()
        .introspect_token(request)
        .await
        .map(Response::into_inner);
    assert_eq!(answer.unwrap().error, "unauthorized_client");
    world.wait(Duration::minutes(6));
    assert_eq!(
        introspect(&world, &site, &token.access_token).await["active"],
        false
    );
}

#[tokio::test]
async fn an_offline_site_that_stays_away_is_forgotten_and_its_rows_swept() {
    let world = World::new().await;
    let site = site(&world).await;
    let (browser, _) = world.verified(1).await;
    let mut offline = tokens(&world, &site, &browser, "openid offline_access").await;
    for _ in 0..5 {
        world.wait(Duration::days(29));
        offline = refresh(&world, &site, &offline.refresh_token).await;
        assert_eq!(offline.error, "");
    }
    assert_eq!(world.count("select count(*) from refresh_tokens").await, 6);
    identity_sweep(&world).await;
    assert_eq!(world.count("select count(*) from refresh_tokens").await, 2);
    world.wait(Duration::days(30));
    assert_eq!(
        refresh(&world, &site, &offline.refresh_token).await.error,
        "invalid_grant"
    );
    world.wait(Duration::days(8));
    identity_sweep(&world).await;
    assert_eq!(world.count("select count(*) from token_families").await, 0);
    assert_eq!(world.count("select count(*) from refresh_tokens").await, 0);
}

async fn identity_sweep(world: &World) {
    let mut conn = world.db.read().await.unwrap();
    let now = world.clock.now();
    store::sweep_refresh(&mut conn, now - Duration::days(7))
        .await
        .unwrap();
    store::sweep(&mut conn, now - Duration::days(7))
        .await
        .unwrap();
}
