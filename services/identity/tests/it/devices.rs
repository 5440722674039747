//! Signing in on devices without a browser (RFC 8628).

use proto_identity::v1::{self as wire, client::Kind};
use time::Duration;
use tonic::{Response, Status};

use crate::{
    client_authentication::{administrator, web},
    sign_on::{Site, id_claims, issue, userinfo},
    world::{Browser, World, born, refused},
};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

async fn device(world: &World, kind: Kind) -> Site {
    let message = wire::CreateClientRequest {
        kind: kind.into(),
        protocol: Some(wire::ClientProtocol {
            device_grant: true,
            ..Default::default()
        }),
        ..web(world)
    };
    Site::registered(&administrator(world).await, message).await
}

async fn begin(world: &World, site: &Site, scope: &str) -> wire::BeginDeviceSignInResponse {
    let gateway = world.browser();
    let message = wire::BeginDeviceSignInRequest {
        client_id: site.id.clone(),
        client_secret: site.secret.clone(),
        scope: scope.into(),
        ..Default::default()
    };
    let request = gateway.via_gateway(message);
    let answer = gateway.sign_on().begin_device_sign_in(request).await;
    answer.unwrap().into_inner()
}

async fn begun(world: &World, site: &Site) -> wire::BeginDeviceSignInResponse {
    let begun = begin(world, site, "openid profile").await;
    assert_eq!(begun.error, "", "{}", begun.error_description);
    begun
}

async fn ask(world: &World, site: &Site, device_code: &str) -> wire::IssueTokenResponse {
    let message = wire::IssueTokenRequest {
        grant_type: GRANT.into(),
        client_id: site.id.clone(),
        client_secret: site.secret.clone(),
        device_code: device_code.into(),
        ..Default::default()
    };
    issue(world, message).await
}

async fn find(browser: &Browser, user_code: &str) -> Result<wire::DeviceSignIn, Status> {
    let message = wire::FindDeviceSignInRequest {
        user_code: user_code.into(),
    };
    let request = browser.signed(message).await?;
    let found = browser.sign_on().find_device_sign_in(request).await;
    found.map(Response::into_inner)
}

async fn decide(browser: &Browser, user_code: &str, approved: bool) -> Result<(), Status> {
    let message = wire::DecideDeviceSignInRequest {
        user_code: user_code.into(),
        approved,
    };
    let request = browser.signed(message).await?;
    let decided = browser.sign_on().decide_device_sign_in(request).await;
    decided.map(|_| ())
}

#[tokio::test]
async fn a_person_signs_a_device_in_by_the_letters_that_it_shows() {
    let world = World::new().await;
    let (browser, account) = world.verified(1).await;
    for kind in [Kind::PublicApp, Kind::Web] {
        let site = device(&world, kind).await;
        let begun = begun(&world, &site).await;
        assert_eq!((begun.expires_in, begun.interval), (600, 5));
        assert_eq!(begun.verification_uri, "https://wskx.example.cn/device");
        assert!(begun.verification_uri_complete.ends_with(&begun.user_code));
        let waiting = ask(&world, &site, &begun.device_code).await;
        assert_eq!(waiting.error, "authorization_pending");
        // However it is typed.
        let typed = begun.user_code.to_lowercase().replace('-', " ");
        let found = find(&browser, &typed).await.unwrap();
        assert_eq!(
            (found.client_name.as_str(), found.organisation_name.as_str()),
            ("会员系统", "中国计算机学会")
        );
        assert_eq!(found.scopes, ["openid", "profile"]);
        assert_eq!(found.user_code, begun.user_code);
        decide(&browser, &typed, true).await.unwrap();
        world.wait(Duration::seconds(5));
        let tokens = ask(&world, &site, &begun.device_code).await;
        assert_eq!(tokens.error, "", "{}", tokens.error_description);
        let claims = id_claims(&world, &tokens.id_token, &site.id).await;
        assert_eq!(claims["sub"], account.person_id);
        assert!(claims.get("nonce").is_none());
        assert!(userinfo(&world, &tokens.access_token).await.is_some());
        // Once, and the letters are of no more use either.
        let again = ask(&world, &site, &begun.device_code).await;
        assert_eq!(again.error, "invalid_grant");
        assert_eq!(refused(find(&browser, &typed).await), "DEVICE_CODE_WRONG");
        // It ends with the session that has confirmed it, as other sign-ins do.
        let refresh = wire::IssueTokenRequest {
            grant_type: "refresh_token".into(),
            client_id: site.id.clone(),
            client_secret: site.secret.clone(),
            refresh_token: tokens.refresh_token,
            ..Default::default()
        };
        assert_eq!(issue(&world, refresh.clone()).await.error, "");
    }
}

#[tokio::test]
async fn a_device_that_asks_too_often_waits_longer_and_one_that_asks_too_late_is_told() {
    let world = World::new().await;
    let site = device(&world, Kind::PublicApp).await;
    let begun = begun(&world, &site).await;
    let told = async |wait: i64| {
        world.wait(Duration::seconds(wait));
        ask(&world, &site, &begun.device_code).await.error
    };
    assert_eq!(told(0).await, "authorization_pending");
    assert_eq!(told(5).await, "authorization_pending");
    assert_eq!(told(2).await, "slow_down");
    // Ten seconds from now on.
    assert_eq!(told(6).await, "slow_down");
    assert_eq!(told(15).await, "authorization_pending");
    assert_eq!(told(600).await, "expired_token");
    world.wait(Duration::minutes(11));
    identity::sweep_demands(&world.db, world.clock.now())
        .await
        .unwrap();
    assert_eq!(told(0).await, "invalid_grant");
}

#[tokio::test]
async fn a_person_refuses_and_the_device_is_told() {
    let world = World::new().await;
    let site = device(&world, Kind::PublicApp).await;
    let (browser, _) = world.verified(1).await;
    let begun = begun(&world, &site).await;
    decide(&browser, &begun.user_code, false).await.unwrap();
    assert_eq!(
        ask(&world, &site, &begun.device_code).await.error,
        "access_denied"
    );
    let late = decide(&browser, &begun.user_code, true).await;
    assert_eq!(refused(late), "DEVICE_CODE_WRONG");
    // A session that has ended meanwhile signs no device in.
    let second = self::begun(&world, &site).await;
    decide(&browser, &second.user_code, true).await.unwrap();
    world
        .execute("update sessions set revoked_at = created_at")
        .await;
    assert_eq!(
        ask(&world, &site, &second.device_code).await.error,
        "invalid_grant"
    );
}

#[tokio::test]
async fn clients_of_others_and_those_not_meant_for_devices_get_nothing() {
    let world = World::new().await;
    let site = device(&world, Kind::Web).await;
    let other = device(&world, Kind::Web).await;
    let begun = begun(&world, &site).await;
    assert_eq!(
        ask(&world, &other, &begun.device_code).await.error,
        "invalid_grant"
    );
    assert_eq!(ask(&world, &site, "").await.error, "invalid_request");
    assert_eq!(ask(&world, &site, "made up").await.error, "invalid_grant");
    let plain = Site::registered(&administrator(&world).await, web(&world)).await;
    assert_eq!(
        begin(&world, &plain, "openid").await.error,
        "unauthorized_client"
    );
    assert_eq!(
        ask(&world, &plain, &begun.device_code).await.error,
        "unauthorized_client"
    );
    for scope in ["profile", "openid phone"] {
        assert_eq!(
            begin(&world, &site, scope).await.error,
            "invalid_scope",
            "{scope}"
        );
    }
    let unproven = Site {
        secret: "cast_wrong".into(),
        ..site
    };
    assert_eq!(
        begin(&world, &unproven, "openid").await.error,
        "invalid_client"
    );
}

#[tokio::test]
async fn guesses_slow_down_the_account_that_guesses_and_no_other() {
    let world = World::new().await;
    let site = device(&world, Kind::PublicApp).await;
    let (guesser, _) = world.verified(1).await;
    let (owner, _) = world.verified(2).await;
    let begun = begun(&world, &site).await;
    let mut told = Vec::new();
    for letters in [
        "BCDFGHJK",
        "BBBBBBBB",
        "not a code",
        "ZZZZZZZZ",
        "XXXXXXXX",
        "WWWWWWWW",
    ] {
        told.push(refused(find(&guesser, letters).await));
    }
    assert_eq!(told.pop().unwrap(), "DEVICE_CODE_WRONG");
    assert!(told.iter().all(|reason| reason == "DEVICE_CODE_WRONG"));
    // Even the right letters, for a while; another person is not slowed down.
    let right = find(&guesser, &begun.user_code).await;
    assert_eq!(refused(right), "TOO_MANY_REQUESTS");
    assert!(find(&owner, &begun.user_code).await.is_ok());
    world.wait(Duration::seconds(6));
    assert!(find(&guesser, &begun.user_code).await.is_ok());
}

#[tokio::test]
async fn a_minor_signs_no_device_in() {
    let world = World::new().await;
    let site = device(&world, Kind::PublicApp).await;
    let (browser, _) = world.signed_up(&crate::world::phone()).await;
    browser
        .verify("王示例", &born("20100307", 1))
        .await
        .unwrap();
    let begun = begun(&world, &site).await;
    let decided = decide(&browser, &begun.user_code, true).await;
    assert_eq!(refused(decided), "MINOR_AT_THIRD_PARTY");
    let waiting = ask(&world, &site, &begun.device_code).await;
    assert_eq!(waiting.error, "authorization_pending");
}

#[tokio::test]
async fn of_two_questions_at_the_same_time_one_gets_the_tokens() {
    let world = World::new().await;
    let site = device(&world, Kind::PublicApp).await;
    let (browser, _) = world.verified(1).await;
    let approved = async || {
        let begun = begun(&world, &site).await;
        decide(&browser, &begun.user_code, true).await.unwrap();
        begun.device_code
    };
    let good = async |first: &str, second: &str| {
        let answers = futures::join!(ask(&world, &site, first), ask(&world, &site, second));
        [answers.0, answers.1]
            .iter()
            .filter(|answer| answer.error.is_empty())
            .count()
    };
    for _ in 0..5 {
        // The control: two devices, twice tokens.
        assert_eq!(good(&approved().await, &approved().await).await, 2);
        let one = approved().await;
        assert_eq!(good(&one, &one).await, 1);
    }
    // Nothing that people type or devices show is kept in the clear.
    let begun = begun(&world, &site).await;
    let letters = begun.user_code.replace('-', "");
    let kept: Vec<String> = sqlx::query_scalar("select device_sign_ins::text from device_sign_ins")
        .fetch_all(world.pool())
        .await
        .unwrap();
    assert!(
        kept.iter()
            .all(|row| !row.contains(&letters) && !row.contains(&begun.device_code))
    );
}
