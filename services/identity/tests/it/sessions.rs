//! Sessions: seeing them, ending them, and what the gateway gets for a cookie.

use identity::{credentials::hasher::Hasher, sessions::store};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use kit::access::Claims;
use proto_identity::v1::{self as wire, request_code_request::Purpose};
use time::Duration;
use tonic::Request;

use crate::world::{
    Browser, PASSWORD, URL, World, fields, phone, reason, refused, resident_id, sign_up,
};

async fn claims(browser: &Browser, token: &str) -> Claims {
    let request = browser.via_gateway(wire::GetKeySetRequest {});
    let set = browser
        .sign_on()
        .get_key_set(request)
        .await
        .unwrap()
        .into_inner()
        .key_set_json;
    let set: JwkSet = serde_json::from_str(&set).unwrap();
    let header = jsonwebtoken::decode_header(token).unwrap();
    assert_eq!(
        (header.alg, header.typ.as_deref()),
        (Algorithm::EdDSA, Some("at+jwt"))
    );
    let key = DecodingKey::from_jwk(set.find(&header.kid.unwrap()).unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.validate_exp = false;
    validation.set_audience(&["cast"]);
    validation.set_issuer(&[URL]);
    jsonwebtoken::decode(token, &key, &validation)
        .unwrap()
        .claims
}

async fn list(browser: &Browser) -> Vec<wire::Session> {
    let request = browser.signed(wire::ListSessionsRequest {}).await.unwrap();
    browser
        .sessions()
        .list_sessions(request)
        .await
        .unwrap()
        .into_inner()
        .sessions
}

async fn end(browser: &Browser, session_id: &str) -> Result<tonic::Response<()>, tonic::Status> {
    let message = wire::DeleteSessionRequest {
        session_id: session_id.to_owned(),
    };
    browser
        .sessions()
        .delete_session(browser.signed(message).await?)
        .await
}

#[tokio::test]
async fn a_cookie_becomes_a_token_that_says_who_it_is() {
    let world = World::new().await;
    let (browser, account) = world.signed_up(&phone()).await;
    let token = browser.token().await.unwrap();
    let before = claims(&browser, &token).await;
    assert_eq!(before.sub, account.person_id);
    assert_eq!(before.account_id.unwrap().to_string(), account.account_id);
    assert_eq!(
        before.person_number.as_deref(),
        Some(account.person_number.as_str())
    );
    assert_eq!(
        (
            before.verified,
            before.name.as_deref(),
            before.client_id.as_str()
        ),
        (false, None, "portal")
    );
    assert!(before.exp - before.iat <= 300);
    assert_eq!(
        browser.token().await.unwrap(),
        token,
        "the same token while it is good"
    );

    browser.verify("王示例", &resident_id(1)).await.unwrap();
    let after = claims(&browser, &browser.token().await.unwrap()).await;
    assert_eq!(
        (after.verified, after.name.as_deref()),
        (true, Some("王示例")),
        "at once, not when the old one ends"
    );

    let token = browser.token().await.unwrap();
    world.wait(Duration::minutes(4));
    let fresh = browser.token().await.unwrap();
    assert_ne!(fresh, token);
    assert_eq!(
        claims(&browser, &fresh).await.iat,
        world.clock.now().unix_timestamp()
    );
}

#[tokio::test]
async fn only_our_own_services_turn_cookies_into_tokens() {
    let world = World::new().await;
    let (browser, _) = world.signed_up(&phone()).await;
    let message = wire::ResolveSessionRequest {
        secret: browser.session.clone().unwrap(),
    };
    let bare = browser
        .sessions()
        .resolve_session(Request::new(message))
        .await;
    assert_eq!(refused(bare), "PERMISSION_DENIED");
    let other = Browser {
        session: Some("a".repeat(43)),
        ..browser
    };
    assert_eq!(refused(other.token().await), "SESSION_ENDED");
}

#[tokio::test]
async fn an_ended_session_is_refused_at_once_by_every_replica() {
    let world = World::new().await;
    let number = phone();
    let (phone_browser, _) = world.signed_up(&number).await;
    let mut laptop = Browser {
        channel: world.replica().await,
        ..world.browser()
    };
    laptop.sign_in(&number, PASSWORD).await.unwrap();
    laptop.token().await.unwrap();
    let sessions = list(&phone_browser).await;
    assert_eq!(
        sessions.iter().map(|s| s.current).collect::<Vec<_>>(),
        [false, true]
    );
    end(&phone_browser, &sessions[0].session_id).await.unwrap();
    assert_eq!(refused(laptop.token().await), "SESSION_ENDED");
    end(&phone_browser, &sessions[0].session_id)
        .await
        .expect("ending it again changes nothing");
    phone_browser.me().await.unwrap();
    assert_eq!(list(&phone_browser).await.len(), 1);
}

#[tokio::test]
async fn signing_out_takes_the_cookie_away() {
    let world = World::new().await;
    let (mut browser, _) = world.signed_up(&phone()).await;
    let answer = end(&browser, "current").await.unwrap();
    assert_eq!(answer.metadata().get("x-cast-session").unwrap(), "");
    assert_eq!(
        answer.metadata().get("x-cast-session-max-age").unwrap(),
        "0"
    );
    assert_eq!(refused(browser.token().await), "SESSION_ENDED");
    browser.take(answer);
    assert_eq!(browser.session, None);
}

#[tokio::test]
async fn nobody_ends_or_sees_the_sessions_of_others() {
    let world = World::new().await;
    let (one, _) = world.signed_up(&phone()).await;
    let (other, _) = world.signed_up(&phone()).await;
    let session = &list(&one).await[0];
    assert_eq!(refused(end(&other, &session.session_id).await), "NOT_FOUND");
    one.me().await.unwrap();
    assert_eq!(list(&other).await.len(), 1);
}

#[tokio::test]
async fn all_other_sessions_end_together() {
    let world = World::new().await;
    let number = phone();
    let (browser, _) = world.signed_up(&number).await;
    let mut others = vec![world.browser(), world.browser(), world.browser()];
    for other in &mut others {
        other.sign_in(&number, PASSWORD).await.unwrap();
    }
    let request = browser
        .signed(wire::RevokeOtherSessionsRequest {})
        .await
        .unwrap();
    let answer = browser
        .sessions()
        .revoke_other_sessions(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(answer.revoked, 3);
    for other in &others {
        assert_eq!(refused(other.token().await), "SESSION_ENDED");
    }
    browser.me().await.unwrap();
}

#[tokio::test]
async fn sessions_end_after_a_week_without_use_and_after_thirty_days_in_any_case() {
    let world = World::new().await;
    let number = phone();
    let (idle, _) = world.signed_up(&number).await;
    world.wait(Duration::days(7));
    assert_eq!(refused(idle.token().await), "SESSION_ENDED");

    let mut used = world.browser();
    used.sign_in(&number, PASSWORD).await.unwrap();
    for day in 1..30 {
        world.wait(Duration::DAY);
        used.token()
            .await
            .unwrap_or_else(|status| panic!("day {day}: {status:?}"));
    }
    world.wait(Duration::DAY - Duration::seconds(30));
    let token = used.token().await.unwrap();
    assert!(
        claims(&used, &token).await.exp - world.clock.now().unix_timestamp() <= 30,
        "no token outlives its session"
    );
    world.wait(Duration::seconds(30));
    assert_eq!(refused(used.token().await), "SESSION_ENDED");
}

#[tokio::test]
async fn use_is_written_down_at_most_every_five_minutes() {
    let world = World::new().await;
    let (browser, _) = world.signed_up(&phone()).await;
    let last_used = async || list(&browser).await[0].last_used_at.unwrap().seconds;
    let begin = last_used().await;
    world.wait(Duration::minutes(4));
    assert_eq!(last_used().await, begin);
    world.wait(Duration::minutes(1));
    // The call that notes the use reads what was before it.
    browser.token().await.unwrap();
    assert_eq!(last_used().await, begin + 300);
}

#[tokio::test]
async fn a_session_shows_device_and_place_without_telling_too_much() {
    let world = World::new().await;
    let (browser, _) = world.signed_up(&phone()).await;
    let session = &list(&browser).await[0];
    assert_eq!(session.device, "Firefox, Android");
    let [a, b, c, _] = browser.address.octets();
    assert_eq!(session.origin, format!("{a}.{b}.{c}.*"));
}

#[tokio::test]
async fn a_new_session_ends_the_one_that_the_browser_had() {
    let world = World::new().await;
    let numbers = [phone(), phone(), phone()];
    let (mut browser, _) = world.signed_up(&numbers[0]).await;
    let (other, _) = world.signed_up(&numbers[1]).await;
    let mut elsewhere = world.browser();
    elsewhere.sign_in(&numbers[0], PASSWORD).await.unwrap();
    // With the password, as another person too.
    for number in &numbers[..2] {
        let before = browser.clone();
        let message = wire::CreateSessionRequest {
            address: number.clone(),
            password: PASSWORD.into(),
            ..Default::default()
        };
        let request = browser.signed(message).await.unwrap();
        let response = browser.sessions().create_session(request).await.unwrap();
        browser.take(response);
        assert_eq!(refused(before.token().await), "SESSION_ENDED");
        assert!(browser.token().await.is_ok());
    }
    // With a code.
    world.wait(Duration::minutes(1));
    let before = browser.clone();
    let (code_id, code) = world.code(&browser, Purpose::SignIn, &numbers[0]).await;
    let message = wire::CreateSessionRequest {
        address: numbers[0].clone(),
        code_id,
        code,
        ..Default::default()
    };
    let request = browser.signed(message).await.unwrap();
    let response = browser.sessions().create_session(request).await.unwrap();
    browser.take(response);
    assert_eq!(refused(before.token().await), "SESSION_ENDED");
    // Signing up.
    let before = browser.clone();
    let (code_id, code) = world.code(&browser, Purpose::SignUp, &numbers[2]).await;
    let request = browser.signed(sign_up(&code_id, &code)).await.unwrap();
    let response = browser.accounts().create_account(request).await.unwrap();
    browser.take(response);
    assert_eq!(refused(before.token().await), "SESSION_ENDED");
    assert!(browser.token().await.is_ok());
    for untouched in [&other, &elsewhere] {
        assert!(untouched.token().await.is_ok(), "of another browser");
    }
}

#[tokio::test]
async fn a_hundred_sessions_are_enough() {
    let world = World::new().await;
    let number = phone();
    let (first, _) = world.signed_up(&number).await;
    sqlx::query(
        "insert into sessions (session_id, account_id, secret_hash, method, device, origin, created_at, last_used_at, expires_at)
         select gen_random_uuid(), account_id, sha256(n::text::bytea), 'pwd', '', '', created_at,
                created_at + n * interval '1 second', created_at + interval '30 days'
         from accounts, generate_series(1, 99) as n",
    )
    .execute(world.pool())
    .await
    .unwrap();
    world.wait(Duration::minutes(3));
    let mut newest = world.browser();
    newest.sign_in(&number, PASSWORD).await.unwrap();
    assert_eq!(list(&newest).await.len(), 100);
    assert_eq!(
        refused(first.token().await),
        "SESSION_ENDED",
        "the one used longest ago"
    );
}

#[tokio::test]
async fn signing_in_takes_a_password_or_a_code_and_not_both() {
    let world = World::new().await;
    let number = phone();
    world.signed_up(&number).await;
    world.wait(Duration::seconds(61));
    let mut browser = world.browser();
    let (code_id, code) = world.code(&browser, Purpose::SignIn, &number).await;
    let both = wire::CreateSessionRequest {
        address: number.clone(),
        password: PASSWORD.into(),
        code_id: code_id.clone(),
        code: code.clone(),
    };
    let neither = wire::CreateSessionRequest {
        address: number.clone(),
        ..Default::default()
    };
    for message in [both, neither] {
        let status = browser
            .sessions()
            .create_session(browser.via_gateway(message))
            .await
            .unwrap_err();
        assert_eq!(fields(&status), ["password"]);
    }
    browser
        .sign_in_by_code(&number, &code_id, &code)
        .await
        .unwrap();
    browser.me().await.unwrap();
}

#[tokio::test]
async fn a_password_that_changes_during_the_sign_in_does_not_open_a_session() {
    // One thread that hashes: while it is busy, the account changes.
    let world = World::with(Hasher::with(1, 64).unwrap()).await;
    let number = phone();
    world.signed_up(&number).await;
    let mut browser = world.browser();
    let mut lock = world.pool().begin().await.unwrap();
    sqlx::query("update accounts set version = version + 1")
        .execute(&mut *lock)
        .await
        .unwrap();
    let signing_in = tokio::spawn(async move { browser.sign_in(&number, PASSWORD).await });
    world.waiting(1).await;
    assert!(!signing_in.is_finished(), "it waits for the change");
    lock.commit().await.unwrap();
    let status = signing_in.await.unwrap().unwrap_err();
    assert_eq!(reason(&status), "SIGN_IN_FAILED");
}

/// On the first day there are no statistics yet, and the plan for this statement, which is asked with every request, is made while
/// there are hardly any sessions.
#[tokio::test]
async fn a_session_is_found_without_going_through_the_others() {
    let world = World::new().await;
    let mut conn = world.pool().acquire().await.unwrap();
    let now = world.clock.now();
    // PostgreSQL keeps a plan after five uses.
    for _ in 0..10 {
        let found = store::resolve(&mut conn, &[0; 32], now).await.unwrap();
        assert!(found.is_none());
    }
    // By another connection: this setting makes a connection forget its plans.
    world
        .execute(
            "set session_replication_role = replica;
             insert into sessions (session_id, account_id, secret_hash, method, device, origin, created_at, last_used_at, expires_at)
             select gen_random_uuid(), gen_random_uuid(), sha256(convert_to(n::text, 'UTF8')), 'pwd', '', '',
                    '2100-01-01', '2100-01-01', '2100-02-01'
             from generate_series(1, 3000) as n;
             reset session_replication_role",
        )
        .await;
    for _ in 0..20 {
        store::resolve(&mut conn, &[0; 32], now).await.unwrap();
    }
    sqlx::raw_sql("select pg_stat_force_next_flush()")
        .execute(&mut *conn)
        .await
        .unwrap();
    drop(conn);
    let read = world
        .count(
            "select (coalesce(sum(idx_tup_read), 0) + (select seq_tup_read from pg_stat_user_tables where relname = 'sessions'))::bigint
             from pg_stat_user_indexes where relname = 'sessions'",
        )
        .await;
    assert!(read < 3_000, "{read} sessions were looked at");
}
