//! Slowing down those who guess.

use futures::future::join_all;
use identity::accounts::hasher::Hasher;
use time::Duration;

use crate::world::{Browser, PASSWORD, World, detail, phone, reason, refused};

#[tokio::test]
async fn wrong_passwords_slow_down_the_next_tries_and_time_heals() {
    let world = World::new().await;
    let number = phone();
    world.signed_up(&number).await;
    for _ in 0..6 {
        // From different places: what counts is the address.
        assert_eq!(
            refused(world.browser().sign_in(&number, "wrong password").await),
            "SIGN_IN_FAILED"
        );
    }
    let status = world
        .browser()
        .sign_in(&number, PASSWORD)
        .await
        .unwrap_err();
    assert_eq!(
        (
            reason(&status).as_str(),
            detail(&status, "retry_after_seconds").unwrap().as_str()
        ),
        ("TOO_MANY_REQUESTS", "2")
    );
    world.wait(Duration::seconds(2));
    world.browser().sign_in(&number, PASSWORD).await.unwrap();
}

#[tokio::test]
async fn knocking_during_a_pause_does_not_prolong_it() {
    let world = World::new().await;
    let number = phone();
    world.signed_up(&number).await;
    for _ in 0..6 {
        let _ = world.browser().sign_in(&number, "wrong password").await;
    }
    for _ in 0..20 {
        assert_eq!(
            refused(world.browser().sign_in(&number, "wrong password").await),
            "TOO_MANY_REQUESTS"
        );
    }
    world.wait(Duration::seconds(2));
    world.browser().sign_in(&number, PASSWORD).await.unwrap();
}

#[tokio::test]
async fn the_owner_with_a_live_session_and_the_owner_with_a_code_are_not_kept_out() {
    use proto::cast::identity::v1::{self as wire, request_code_request::Purpose};
    let world = World::new().await;
    let number = phone();
    let (owner, _) = world.signed_up(&number).await;
    world.wait(Duration::minutes(2));
    for _ in 0..12 {
        let _ = world.browser().sign_in(&number, "wrong password").await;
        world.wait(Duration::seconds(5));
    }
    assert_eq!(
        refused(world.browser().sign_in(&number, PASSWORD).await),
        "TOO_MANY_REQUESTS"
    );
    owner.me().await.unwrap();
    let change = wire::ChangePasswordRequest {
        current_password: PASSWORD.into(),
        new_password: "another battery staple".into(),
        ..Default::default()
    };
    owner
        .accounts()
        .change_password(owner.signed(change).await.unwrap())
        .await
        .unwrap();
    let mut elsewhere = world.browser();
    let (code_id, code) = world.code(&elsewhere, Purpose::SignIn, &number).await;
    elsewhere
        .sign_in_by_code(&number, &code_id, &code)
        .await
        .unwrap();
}

#[tokio::test]
async fn an_address_without_account_is_slowed_down_alike() {
    let world = World::new().await;
    let (known, unknown) = (phone(), phone());
    world.signed_up(&known).await;
    for _ in 0..9 {
        let mut seen = Vec::new();
        for number in [&known, &unknown] {
            let status = world
                .browser()
                .sign_in(number, "wrong password")
                .await
                .unwrap_err();
            seen.push((
                status.code(),
                reason(&status),
                detail(&status, "retry_after_seconds"),
                status.message().to_owned(),
            ));
        }
        assert_eq!(seen[0], seen[1]);
    }
}

#[tokio::test]
async fn thirty_guesses_at_once_get_few_answers() {
    let world = World::new().await;
    let number = phone();
    world.signed_up(&number).await;
    let guesses = (0..30).map(|_| {
        let (mut browser, number) = (world.browser(), number.clone());
        async move { refused(browser.sign_in(&number, "wrong password").await) }
    });
    let answers = join_all(guesses).await;
    let judged = answers
        .iter()
        .filter(|reason| *reason == "SIGN_IN_FAILED")
        .count();
    assert_eq!(judged, 6, "{answers:?}");
}

#[tokio::test]
async fn one_origin_that_tries_many_addresses_is_slowed_down() {
    let world = World::with(Hasher::with(2, 64).unwrap()).await;
    let guesser = world.browser();
    let mut refusals = 0;
    for _ in 0..101 {
        let mut guesser = guesser.clone();
        if refused(guesser.sign_in(&phone(), "wrong password").await) == "TOO_MANY_REQUESTS" {
            refusals += 1;
        }
    }
    assert_eq!(refusals, 0, "a campus full of people with clumsy fingers");
    assert_eq!(
        refused(guesser.clone().sign_in(&phone(), "wrong password").await),
        "TOO_MANY_REQUESTS"
    );
    let number = phone();
    world.signed_up(&number).await;
    world
        .browser()
        .sign_in(&number, PASSWORD)
        .await
        .expect("from elsewhere");
}

#[tokio::test]
async fn replicas_count_together() {
    let world = World::new().await;
    let number = phone();
    world.signed_up(&number).await;
    let channels = [world.channel.clone(), world.replica().await];
    for at in 0..6 {
        let mut browser = Browser {
            channel: channels[at % 2].clone(),
            ..world.browser()
        };
        assert_eq!(
            refused(browser.sign_in(&number, "wrong password").await),
            "SIGN_IN_FAILED"
        );
    }
    for channel in channels {
        let mut browser = Browser {
            channel,
            ..world.browser()
        };
        assert_eq!(
            refused(browser.sign_in(&number, PASSWORD).await),
            "TOO_MANY_REQUESTS"
        );
    }
}

#[tokio::test]
async fn a_full_hasher_sends_people_away_without_holding_it_against_them() {
    let world = World::with(Hasher::with(1, 1).unwrap()).await;
    let number = phone();
    world.signed_up(&number).await;
    let people: Vec<_> = (0..12).map(|_| phone()).collect();
    let crowd = people.iter().map(|number| {
        let mut browser = world.browser();
        async move { refused(browser.sign_in(number, "wrong password").await) }
    });
    let answers = join_all(crowd).await;
    assert!(
        answers.iter().any(|reason| reason == "TOO_MANY_REQUESTS"),
        "{answers:?}"
    );
    assert!(
        answers.iter().any(|reason| reason == "SIGN_IN_FAILED"),
        "{answers:?}"
    );
    let judged = answers
        .iter()
        .filter(|reason| *reason == "SIGN_IN_FAILED")
        .count();
    let booked = world
        .count("select coalesce(sum(failures), 0) from throttles where failures > 0")
        .await;
    assert_eq!(
        booked,
        2 * i64::try_from(judged).unwrap(),
        "one for the address and one for the origin"
    );
}
