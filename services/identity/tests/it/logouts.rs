//! Signing out from a site, and telling sites of it.

use identity::logouts::{self, sender::Sender};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use kit::outside::Outside;
use proto_identity::v1::{self as wire, client::Kind};
use serde_json::{Value, json};
use time::Duration;

use crate::{
    authorizations::{agreed, begin},
    clients::machine,
    outside::{Received, http},
    sign_on::{REDIRECT, Site, id_claims, issue, query},
    world::{Browser, PASSWORD, URL, World, keys},
};

const BYE: &str = "https://site.example.cn/bye";

async fn site(world: &World, backchannel: &str) -> Site {
    let (administrator, _) = world
        .staff(900, "organisation.administrator", world.society)
        .await;
    site_of(world, &administrator, backchannel).await
}

/// Another site of the same administrator.
async fn site_of(world: &World, administrator: &Browser, backchannel: &str) -> Site {
    let message = wire::CreateClientRequest {
        kind: Kind::Web.into(),
        scopes: ["openid", "profile"].map(Into::into).to_vec(),
        redirect_uris: vec![REDIRECT.into()],
        post_logout_redirect_uris: vec![BYE.into()],
        backchannel_logout_uri: backchannel.into(),
        ..machine(world.society, &[])
    };
    Site::registered(administrator, message).await
}

/// Signs in at the site; returns the ID token.
async fn id_token(world: &World, site: &Site, browser: &Browser) -> String {
    agreed(browser, site).await;
    let answer = begin(browser, site, &[]).await;
    let code = query(&answer.redirect_to)["code"].clone();
    issue(world, site.exchange(&code)).await.id_token
}

async fn end_session(
    browser: &Browser,
    parameters: &[(&str, &str)],
    confirmed: bool,
) -> wire::EndSessionResponse {
    let sent = |(name, value): &(&str, &str)| wire::SentParameter {
        name: (*name).to_owned(),
        value: (*value).to_owned(),
    };
    let message = wire::EndSessionRequest {
        parameters: parameters.iter().map(sent).collect(),
        session_secret: browser.session.clone().unwrap_or_default(),
        confirmed,
    };
    let request = browser.via_gateway(message);
    browser
        .sign_on()
        .end_session(request)
        .await
        .unwrap()
        .into_inner()
}

pub fn sender(world: &World, private: bool) -> jobs::Worker {
    identity::install_crypto();
    Sender {
        db: world.db.clone(),
        clock: world.clock.clone(),
        signing: world.parts.signing.clone(),
        issuer: URL.to_owned(),
        keys: keys(),
        outside: Outside::new(private).unwrap(),
    }
    .worker()
}

async fn run(worker: &jobs::Worker) {
    while worker.run_due().await.unwrap() > 0 {}
}

/// The logout tokens that a site has got.
fn tokens(received: &Received) -> Vec<String> {
    let posts = received.0.lock().unwrap();
    posts
        .iter()
        .map(|(head, body)| {
            assert!(head.contains("application/x-www-form-urlencoded"), "{head}");
            let (_, token) = body.split_once("logout_token=").unwrap();
            token.to_owned()
        })
        .collect()
}

async fn state(world: &World) -> Vec<(String, i32)> {
    sqlx::query_as("select state::text, attempts from jobs.jobs where kind = $1 order by job_id")
        .bind(logouts::KIND)
        .fetch_all(world.pool())
        .await
        .unwrap()
}

#[tokio::test]
async fn oidcc_rp_initiated_logout() {
    let world = World::new().await;
    let site = site(&world, "").await;
    let (browser, _) = world.verified(1).await;
    let hint = id_token(&world, &site, &browser).await;
    world.wait(Duration::hours(1));
    let parameters = [
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", BYE),
        ("state", "a b"),
    ];
    let answer = end_session(&browser, &parameters, false).await;
    assert!(answer.ended && !answer.ask && answer.error.is_empty());
    assert_eq!(answer.redirect_to, format!("{BYE}?state=a+b"));
    assert!(browser.token().await.is_err(), "the session has ended");
    // A second time there is nothing to end, and the person goes back all the same.
    let again = end_session(&browser, &parameters, false).await;
    assert!(!again.ended && !again.ask);
    assert_eq!(again.redirect_to, answer.redirect_to);
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_no_id_token_hint() {
    let world = World::new().await;
    let site = site(&world, "").await;
    let (browser, _) = world.verified(1).await;
    let (other, _) = world.verified(2).await;
    let stranger = id_token(&world, &site, &other).await;
    for parameters in [
        &[][..],
        &[("client_id", site.id.as_str())],
        &[("id_token_hint", "no.ID.token")],
        &[("id_token_hint", stranger.as_str())],
    ] {
        let answer = end_session(&browser, parameters, false).await;
        assert!(answer.ask && !answer.ended, "{parameters:?}");
        assert!(browser.token().await.is_ok());
    }
    let named = [
        ("client_id", site.id.as_str()),
        ("post_logout_redirect_uri", BYE),
    ];
    let asked = end_session(&browser, &named, false).await;
    assert_eq!((asked.ask, asked.client_name.as_str()), (true, "会员系统"));
    let answer = end_session(&browser, &named, true).await;
    assert!(answer.ended);
    assert_eq!(answer.redirect_to, BYE);
    assert!(browser.token().await.is_err());
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_bad_post_logout_redirect_uri() {
    let world = World::new().await;
    let site = site(&world, "").await;
    let (browser, _) = world.verified(1).await;
    let hint = id_token(&world, &site, &browser).await;
    let own = ("id_token_hint", hint.as_str());
    for wrong in [
        vec![own, ("post_logout_redirect_uri", "https://evil.example/")],
        vec![
            own,
            ("post_logout_redirect_uri", "https://site.example.cn/bye?x"),
        ],
        vec![("post_logout_redirect_uri", BYE)],
        vec![
            own,
            ("client_id", "another"),
            ("post_logout_redirect_uri", BYE),
        ],
        vec![own, own],
    ] {
        let answer = end_session(&browser, &wrong, false).await;
        assert!(
            !answer.error.is_empty() && answer.redirect_to.is_empty(),
            "{wrong:?}"
        );
        assert!(!answer.ended && browser.token().await.is_ok());
    }
}

#[tokio::test]
async fn oidcc_backchannel_rp_initiated_logout() {
    let world = World::new().await;
    let (url, received) = http("200 OK", "").await;
    let site = site(&world, &url).await;
    let (browser, account) = world.verified(1).await;
    let hint = id_token(&world, &site, &browser).await;
    let sid = id_claims(&world, &hint, &site.id).await["sid"].clone();
    let worker = sender(&world, true);
    run(&worker).await;
    assert!(tokens(&received).is_empty(), "nothing has ended");
    end_session(&browser, &[("id_token_hint", &hint)], false).await;
    run(&worker).await;
    let sent = tokens(&received);
    assert_eq!(sent.len(), 1);
    let header = jsonwebtoken::decode_header(&sent[0]).unwrap();
    assert_eq!(
        (header.typ.as_deref(), header.alg),
        (Some("logout+jwt"), Algorithm::RS256)
    );
    let gateway = world.browser();
    let request = gateway.via_gateway(wire::GetKeySetRequest {});
    let keys = gateway
        .sign_on()
        .get_key_set(request)
        .await
        .unwrap()
        .into_inner()
        .key_set_json;
    let keys: JwkSet = serde_json::from_str(&keys).unwrap();
    let key = DecodingKey::from_jwk(keys.find(&header.kid.unwrap()).unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    validation.set_audience(&[&site.id]);
    validation.set_issuer(&[URL]);
    let claims: Value = jsonwebtoken::decode(&sent[0], &key, &validation)
        .unwrap()
        .claims;
    assert_eq!(
        (&claims["sub"], &claims["sid"]),
        (&account.person_id.into(), &sid)
    );
    assert_eq!(
        claims["events"],
        json!({"http://schemas.openid.net/event/backchannel-logout": {}})
    );
    assert!(claims.get("nonce").is_none() && claims["jti"].is_string());
    // It is no ID token: it signs out of nothing.
    let (second, _) = world.verified(2).await;
    let fresh = id_token(&world, &site, &second).await;
    assert_ne!(fresh, sent[0]);
    let answer = end_session(&second, &[("id_token_hint", &sent[0])], false).await;
    assert!(answer.ask && !answer.ended);
}

#[tokio::test]
async fn whatever_ends_a_session_the_sites_are_told_once() {
    let world = World::new().await;
    let (url, received) = http("204 No Content", "").await;
    let site = site(&world, &url).await;
    let worker = sender(&world, true);
    let told = async |count: usize, by: &str| {
        run(&worker).await;
        assert_eq!(tokens(&received).len(), count, "{by}");
    };
    let (browser, _) = world.verified(1).await;
    id_token(&world, &site, &browser).await;
    id_token(&world, &site, &browser).await;
    let message = wire::DeleteSessionRequest {
        session_id: "current".into(),
    };
    let request = browser.signed(message.clone()).await.unwrap();
    browser.sessions().delete_session(request).await.unwrap();
    told(1, "signing out, after two sign-ins there").await;

    let (browser, _) = world.verified(2).await;
    id_token(&world, &site, &browser).await;
    let phone = "19900000777";
    let (first, _) = world.signed_up(phone).await;
    id_token(&world, &site, &first).await;
    let mut second = world.browser();
    second.sign_in(phone, PASSWORD).await.unwrap();
    let request = second
        .signed(wire::RevokeOtherSessionsRequest::default())
        .await
        .unwrap();
    second
        .sessions()
        .revoke_other_sessions(request)
        .await
        .unwrap();
    assert!(first.token().await.is_err());
    told(2, "signing out elsewhere").await;

    // The second person's session is not used any more.
    world.wait(Duration::days(7));
    let expire = async || {
        let now = world.clock.now();
        identity::tell_of_expired(&world.db, now).await.unwrap();
    };
    // Two replicas at once.
    tokio::join!(expire(), expire());
    told(3, "time").await;
    expire().await;
    told(3, "time, once").await;
}

#[tokio::test]
async fn a_site_that_is_away_is_told_later_and_a_private_address_never() {
    let world = World::new().await;
    let (url, received) = http("503 Service Unavailable", "").await;
    let site = site(&world, &url).await;
    let (browser, _) = world.verified(1).await;
    let hint = id_token(&world, &site, &browser).await;
    end_session(&browser, &[("id_token_hint", &hint)], false).await;
    let worker = sender(&world, true);
    run(&worker).await;
    assert_eq!(state(&world).await, [("queued".to_owned(), 1)]);
    world.wait(Duration::minutes(1));
    run(&worker).await;
    assert_eq!(state(&world).await, [("queued".to_owned(), 2)]);
    assert_eq!(tokens(&received).len(), 2);
    world.wait(Duration::minutes(5));
    // In production the same address is not called at all.
    run(&sender(&world, false)).await;
    assert_eq!(state(&world).await, [("dead".to_owned(), 3)]);
    assert_eq!(tokens(&received).len(), 2);
    // A process that dies while it holds the job loses its lease, and another one sends.
    world
        .execute("update jobs.jobs set state = 'running', next_at = created_at, attempts = 1, finished_at = null where kind = 'backchannel_logout'")
        .await;
    let claimed = world
        .count("select count(*) from jobs.jobs where state = 'running'")
        .await;
    assert_eq!(claimed, 1);
    run(&worker).await;
    assert_eq!(tokens(&received).len(), 3);
}

#[tokio::test]
async fn a_site_that_is_away_is_tried_for_a_day() {
    let world = World::new().await;
    let (url, received) = http("503 Service Unavailable", "").await;
    let site = site(&world, &url).await;
    let (browser, _) = world.verified(1).await;
    let hint = id_token(&world, &site, &browser).await;
    end_session(&browser, &[("id_token_hint", &hint)], false).await;
    let (worker, begun) = (sender(&world, true), world.clock.now());
    while world.clock.now() < begun + Duration::minutes(21 * 60 + 30) {
        run(&worker).await;
        world.wait(Duration::minutes(10));
    }
    let tried = tokens(&received).len();
    while world.clock.now() < begun + Duration::hours(23) {
        run(&worker).await;
        world.wait(Duration::minutes(10));
    }
    run(&worker).await;
    assert_eq!(state(&world).await[0].0, "queued", "at 23 hours");
    assert!(
        tokens(&received).len() > tried,
        "tried in the last hour too"
    );
    while world.clock.now() <= begun + Duration::hours(24) {
        world.wait(Duration::minutes(10));
        run(&worker).await;
    }
    assert_eq!(state(&world).await[0].0, "dead");
    let tried = tokens(&received).len();
    world.wait(Duration::hours(2));
    run(&worker).await;
    assert_eq!(tokens(&received).len(), tried, "no more");
}

#[tokio::test]
async fn a_site_that_hangs_keeps_no_other_waiting() {
    let world = World::new().await;
    // A listener that takes connections and never answers.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (administrator, _) = world
        .staff(900, "organisation.administrator", world.society)
        .await;
    let address = format!("http://{}/", silent.local_addr().unwrap());
    let hanging = site_of(&world, &administrator, &address).await;
    let (url, received) = http("200 OK", "").await;
    let answering = site_of(&world, &administrator, &url).await;
    let mut browsers = Vec::new();
    for sequence in 1..=10 {
        let (browser, _) = world.verified(sequence).await;
        id_token(&world, &hanging, &browser).await;
        browsers.push(browser);
    }
    let (last, _) = world.verified(11).await;
    id_token(&world, &answering, &last).await;
    for browser in browsers.iter().chain([&last]) {
        world.wait(Duration::seconds(1));
        let message = wire::DeleteSessionRequest {
            session_id: "current".into(),
        };
        let request = browser.signed(message).await.unwrap();
        browser.sessions().delete_session(request).await.unwrap();
    }
    let stop = tokio_util::sync::CancellationToken::new();
    let running = tokio::spawn(sender(&world, true).run(stop.clone()));
    let begun = std::time::Instant::now();
    while tokens(&received).is_empty() {
        // Before the first call of the other site is given up.
        assert!(begun.elapsed() < std::time::Duration::from_secs(4));
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let held = world
        .count("select count(*) from jobs.jobs where kind = 'backchannel_logout' and state = 'running' and lane is not null")
        .await;
    assert!(
        held <= 3,
        "{held}: two of the site that hangs, and perhaps the other"
    );
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn sessions_that_expire_together_are_all_told_of_once() {
    let world = World::new().await;
    let (url, received) = http("200 OK", "").await;
    let (administrator, _) = world
        .staff(900, "organisation.administrator", world.society)
        .await;
    let told = site_of(&world, &administrator, &url).await;
    let silent = site_of(&world, &administrator, "").await;
    let (browser, _) = world.verified(1).await;
    for site in [&told, &silent] {
        id_token(&world, site, &browser).await;
    }
    // More than are looked at in one step: copies of the session and of its sign-in.
    world
        .execute(
            "insert into sessions (session_id, account_id, secret_hash, method, device, origin, created_at, last_used_at, expires_at)
             select gen_random_uuid(), account_id, sha256(nth::text::bytea), method, device, origin, created_at, last_used_at, expires_at
             from sessions, generate_series(1, 1200) nth
             where session_id in (select session_id from site_sign_ins);
             insert into site_sign_ins (session_id, client_id, person_id, begun_at, look_at)
             select s.session_id, i.client_id, i.person_id, i.begun_at, i.look_at
             from sessions s join accounts using (account_id) join site_sign_ins i using (person_id)
             on conflict do nothing",
        )
        .await;
    let pending = "select count(*) from site_sign_ins where told_at is null";
    let jobs = "select count(*) from jobs.jobs where kind = 'backchannel_logout'";
    assert_eq!(world.count(pending).await, 2 * 1_201);
    let look = async || {
        let now = world.clock.now();
        identity::tell_of_expired(&world.db, now).await.unwrap();
    };
    // Alive: they are looked at once a day, and nothing is told.
    world.wait(Duration::days(1));
    look().await;
    let due = "select count(*) from site_sign_ins where told_at is null and look_at <= '2026-11-22 10:00 +8'";
    assert_eq!((world.count(due).await, world.count(jobs).await), (0, 0));
    world.wait(Duration::days(6));
    tokio::join!(look(), look());
    look().await;
    assert_eq!(
        world.count(pending).await,
        0,
        "those without an address too"
    );
    assert_eq!(world.count(jobs).await, 1_201);
    // A site that registers an address later is not told of what ended before.
    world
        .execute("update clients set backchannel_logout_uri = 'https://late.example.cn/' where backchannel_logout_uri is null and kind = 'web'")
        .await;
    look().await;
    assert_eq!(world.count(jobs).await, 1_201);
    assert!(tokens(&received).is_empty());
}

#[tokio::test]
async fn a_session_that_is_ended_without_leaving_word_is_noticed_within_a_day() {
    let world = World::new().await;
    let (url, _) = http("200 OK", "").await;
    let site = site(&world, &url).await;
    let (browser, _) = world.verified(1).await;
    id_token(&world, &site, &browser).await;
    // As a replica of the release before does it.
    world
        .execute("update sessions set revoked_at = created_at where session_id in (select session_id from site_sign_ins)")
        .await;
    world.wait(Duration::days(1));
    identity::tell_of_expired(&world.db, world.clock.now())
        .await
        .unwrap();
    assert_eq!(state(&world).await.len(), 1);
}

#[tokio::test]
async fn a_hint_that_names_no_session_has_the_person_asked() {
    let world = World::new().await;
    let (administrator, _) = world
        .staff(900, "organisation.administrator", world.society)
        .await;
    let message = wire::CreateClientRequest {
        kind: Kind::Web.into(),
        scopes: ["openid", "offline_access"].map(Into::into).to_vec(),
        redirect_uris: vec![REDIRECT.into()],
        ..machine(world.society, &[])
    };
    let site = Site::registered(&administrator, message).await;
    let phone = "19900000778";
    let (mut browser, _) = world.signed_up(phone).await;
    let asked = [("scope", "openid offline_access")];
    let begun = begin(&browser, &site, &asked).await;
    let id = begun.authorization_id;
    let given = wire::decide_authorization_request::Decision::ConsentGiven;
    crate::authorizations::decide(&browser, &id, given)
        .await
        .unwrap();
    let answer = crate::authorizations::resume(&browser, &id).await.unwrap();
    let code = query(&answer.redirect_to)["code"].clone();
    let tokens = issue(&world, site.exchange(&code)).await;
    // The session is forgotten, and the site acts on.
    world
        .execute("update token_families set session_id = null")
        .await;
    let refreshing = wire::IssueTokenRequest {
        grant_type: "refresh_token".into(),
        client_id: site.id.clone(),
        client_secret: site.secret.clone(),
        refresh_token: tokens.refresh_token,
        ..Default::default()
    };
    let hint = issue(&world, refreshing).await.id_token;
    assert!(
        id_claims(&world, &hint, &site.id)
            .await
            .get("sid")
            .is_none()
    );
    browser.sign_in(phone, PASSWORD).await.unwrap();
    let answer = end_session(&browser, &[("id_token_hint", &hint)], false).await;
    assert!(answer.ask && !answer.ended);
    assert!(browser.token().await.is_ok());
}
