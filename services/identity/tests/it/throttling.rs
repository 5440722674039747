//! Slowing down those who guess, without keeping anybody else out.

use futures::future::join_all;
use identity::credentials::hasher::Hasher;
use proto_identity::v1::{self as wire, request_code_request::Purpose};
use time::Duration;

use crate::clients::{machine, register};
use crate::world::{Browser, PASSWORD, World, detail, phone, reason, refused};

const WRONG: &str = "wrong password";

/// So many wrong passwords for one address, each from another network; work is done where it is asked for.
async fn guessed_from_everywhere(world: &World, number: &str, guesses: usize) {
    for _ in 0..guesses {
        let mut guesser = world.browser();
        let status = guesser.sign_in(number, WRONG).await.unwrap_err();
        if reason(&status) == "PROOF_OF_WORK_REQUIRED" {
            guesser.work_for(&status);
            assert_eq!(
                refused(guesser.sign_in(number, WRONG).await),
                "SIGN_IN_FAILED"
            );
        }
    }
}

#[tokio::test]
async fn wrong_passwords_slow_down_the_guesser_and_time_heals() {
    let world = World::new().await;
    let number = phone();
    world.signed_up(&number).await;
    let mut guesser = world.browser();
    for _ in 0..6 {
        assert_eq!(
            refused(guesser.sign_in(&number, WRONG).await),
            "SIGN_IN_FAILED"
        );
    }
    for _ in 0..20 {
        let status = guesser.sign_in(&number, PASSWORD).await.unwrap_err();
        assert_eq!(
            (
                reason(&status).as_str(),
                detail(&status, "retry_after_seconds").unwrap().as_str()
            ),
            ("TOO_MANY_REQUESTS", "2"),
            "knocking does not prolong it"
        );
    }
    world
        .browser()
        .sign_in(&number, PASSWORD)
        .await
        .expect("from elsewhere");
    world.wait(Duration::seconds(2));
    guesser.sign_in(&number, PASSWORD).await.unwrap();
}

/// What was measured: nine requests for codes and thirteen wrong passwords from elsewhere, and the owner got 429 on every way in for up to
/// 44 minutes.
#[tokio::test]
async fn strangers_do_not_keep_the_owner_out() {
    let world = World::new().await;
    let number = phone();
    let (mut owner, _) = world.signed_up(&number).await;
    world.wait(Duration::hours(25));
    for purpose in [Purpose::SignIn, Purpose::Recover, Purpose::SignUp] {
        for _ in 0..3 {
            let _ = world.browser().request_code(purpose, &number).await;
            world.wait(Duration::seconds(61));
        }
    }
    guessed_from_everywhere(&world, &number, 22).await;

    owner.sign_in(&number, PASSWORD).await.unwrap();
    let (code_id, code) = world.code(&owner, Purpose::SignIn, &number).await;
    owner
        .sign_in_by_code(&number, &code_id, &code)
        .await
        .unwrap();
    let mut new_device = world.browser();
    let status = new_device.sign_in(&number, PASSWORD).await.unwrap_err();
    new_device.work_for(&status);
    new_device.sign_in(&number, PASSWORD).await.unwrap();
    new_device.work = None;
    new_device
        .sign_in(&number, PASSWORD)
        .await
        .expect("from now on it is known");
}

/// What was measured: 101 wrong passwords from one address, and everybody behind the same address was blocked.
#[tokio::test]
async fn one_guesser_does_not_block_the_others_behind_the_same_address() {
    let world = World::with(Hasher::with(2, 64).unwrap()).await;
    let number = phone();
    let (mut owner, _) = world.signed_up(&number).await;
    let guesser = world.browser();
    for _ in 0..100 {
        assert_eq!(
            refused(guesser.clone().sign_in(&phone(), WRONG).await),
            "SIGN_IN_FAILED",
            "a campus full of people with clumsy fingers"
        );
    }
    assert_eq!(
        refused(guesser.clone().sign_in(&phone(), WRONG).await),
        "PROOF_OF_WORK_REQUIRED"
    );
    owner.address = guesser.address;
    owner
        .sign_in(&number, PASSWORD)
        .await
        .expect("a known device");
    let mut new_device = Browser {
        device: None,
        ..owner.clone()
    };
    let status = new_device.sign_in(&number, PASSWORD).await.unwrap_err();
    new_device.work_for(&status);
    new_device.sign_in(&number, PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_proof_of_work_serves_once_for_its_address_and_its_network() {
    let world = World::new().await;
    let (number, other) = (phone(), phone());
    world.signed_up(&number).await;
    guessed_from_everywhere(&world, &number, 20).await;
    guessed_from_everywhere(&world, &other, 20).await;
    let mut guesser = world.browser();
    let status = guesser.sign_in(&number, WRONG).await.unwrap_err();
    guesser.work_for(&status);
    let mut thief = Browser {
        work: guesser.work.clone(),
        ..world.browser()
    };
    for (browser, at) in [(&mut thief, &number), (&mut guesser.clone(), &other)] {
        assert_eq!(
            refused(browser.sign_in(at, WRONG).await),
            "PROOF_OF_WORK_REQUIRED"
        );
    }
    let both = join_all((0..2).map(|_| {
        let (mut guesser, number) = (guesser.clone(), number.clone());
        async move { refused(guesser.sign_in(&number, WRONG).await) }
    }))
    .await;
    assert_eq!(
        both.iter()
            .filter(|reason| *reason == "SIGN_IN_FAILED")
            .count(),
        1,
        "{both:?}"
    );
    let mut slow = world.browser();
    let status = slow.sign_in(&number, WRONG).await.unwrap_err();
    slow.work_for(&status);
    world.wait(Duration::minutes(5));
    assert_eq!(
        refused(slow.sign_in(&number, WRONG).await),
        "PROOF_OF_WORK_REQUIRED"
    );
}

#[tokio::test]
async fn a_device_is_known_to_its_own_accounts_until_the_password_changes() {
    let world = World::new().await;
    let (number, other) = (phone(), phone());
    let (owner, _) = world.signed_up(&number).await;
    world.signed_up(&other).await;
    guessed_from_everywhere(&world, &other, 20).await;
    assert_eq!(
        refused(owner.clone().sign_in(&other, PASSWORD).await),
        "PROOF_OF_WORK_REQUIRED",
        "a device of another person is a stranger"
    );
    guessed_from_everywhere(&world, &number, 20).await;
    let mut elsewhere = Browser {
        device: owner.device.clone(),
        ..world.browser()
    };
    elsewhere
        .sign_in(&number, PASSWORD)
        .await
        .expect("a device is known wherever it is");
    assert_ne!(elsewhere.device, owner.device, "the secret is a new one");
    let change = wire::ChangePasswordRequest {
        current_password: PASSWORD.into(),
        new_password: "another battery staple".into(),
        ..Default::default()
    };
    let laptop = {
        let mut laptop = world.browser();
        let status = laptop.sign_in(&number, PASSWORD).await.unwrap_err();
        laptop.work_for(&status);
        laptop.sign_in(&number, PASSWORD).await.unwrap();
        laptop.work = None;
        laptop
    };
    elsewhere
        .accounts()
        .change_password(elsewhere.signed(change).await.unwrap())
        .await
        .unwrap();
    assert_eq!(
        refused(laptop.clone().sign_in(&number, PASSWORD).await),
        "PROOF_OF_WORK_REQUIRED",
        "forgotten"
    );
    elsewhere
        .sign_in(&number, "another battery staple")
        .await
        .expect("the device that changed it stays known");
}

#[tokio::test]
async fn an_address_without_account_is_slowed_down_alike() {
    let world = World::new().await;
    let (known, unknown) = (phone(), phone());
    world.signed_up(&known).await;
    let mut guessers = [world.browser(), world.browser()];
    for _ in 0..9 {
        let mut seen = Vec::new();
        for (guesser, number) in guessers.iter_mut().zip([&known, &unknown]) {
            let status = guesser.sign_in(number, WRONG).await.unwrap_err();
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
    let guesser = world.browser();
    let here = (0..30).map(|_| guesser.clone());
    let everywhere = (0..30).map(|_| world.browser());
    for (guessers, expected) in [
        (here.collect::<Vec<_>>(), 6),
        // Six are counted already.
        (everywhere.collect(), 14),
    ] {
        let answers = join_all(guessers.into_iter().map(|mut browser| {
            let number = number.clone();
            async move { refused(browser.sign_in(&number, WRONG).await) }
        }))
        .await;
        let judged = answers
            .iter()
            .filter(|reason| *reason == "SIGN_IN_FAILED")
            .count();
        assert_eq!(judged, expected, "{answers:?}");
    }
}

#[tokio::test]
async fn replicas_count_together() {
    let world = World::new().await;
    let number = phone();
    world.signed_up(&number).await;
    let guesser = world.browser();
    let channels = [world.channel.clone(), world.replica().await];
    let at = |nth: usize| Browser {
        channel: channels[nth % 2].clone(),
        ..guesser.clone()
    };
    for nth in 0..6 {
        assert_eq!(
            refused(at(nth).sign_in(&number, WRONG).await),
            "SIGN_IN_FAILED"
        );
    }
    for nth in 0..2 {
        assert_eq!(
            refused(at(nth).sign_in(&number, PASSWORD).await),
            "TOO_MANY_REQUESTS"
        );
    }
}

#[tokio::test]
async fn a_full_hasher_sends_people_away_without_holding_it_against_them() {
    let world = World::with(Hasher::with(1, 1).unwrap()).await;
    let number = phone();
    let (owner, _) = world.signed_up(&number).await;
    let people: Vec<_> = (0..12).map(|_| phone()).collect();
    let crowd = people.iter().map(|number| {
        let mut browser = world.browser();
        async move { refused(browser.sign_in(number, WRONG).await) }
    });
    let mut known = owner.clone();
    let (answers, owner) = tokio::join!(join_all(crowd), known.sign_in(&number, PASSWORD));
    owner.expect("a known device has a place of its own");
    assert!(
        answers.iter().any(|reason| reason == "TOO_MANY_REQUESTS"),
        "{answers:?}"
    );
    let judged = answers
        .iter()
        .filter(|reason| *reason == "SIGN_IN_FAILED")
        .count();
    assert!(judged > 0, "{answers:?}");
    let counted = world
        .count("select coalesce(sum(failures), 0) from throttles where failures > 0")
        .await;
    assert_eq!(
        counted,
        3 * i64::try_from(judged).unwrap(),
        "one for the address, one for the origin, one for both"
    );
}

/// What was measured: 150 wrong secrets of a client met nothing.
#[tokio::test]
async fn wrong_secrets_of_a_client_are_slowed_down_and_recorded_and_the_right_one_never_is() {
    let world = World::new().await;
    let (administrator, _) = world
        .staff(1, "organisation.administrator", world.society)
        .await;
    let request = machine(world.society, &["members.read"]);
    let (client, secret) = register(&administrator, request).await.unwrap();
    let client_id = client.client_id;
    let guesser = world.browser();
    let ask = async |browser: &Browser, client_id: &str, secret: &str| {
        let message = wire::IssueTokenRequest {
            grant_type: "client_credentials".into(),
            client_id: client_id.into(),
            client_secret: secret.into(),
            ..Default::default()
        };
        browser
            .sign_on()
            .issue_token(browser.via_gateway(message))
            .await
            .map(tonic::Response::into_inner)
    };
    for client_id in [client_id.as_str(), "0190a0a0-0000-7000-8000-000000000000"] {
        let (mut judged, mut slowed) = (0, 0);
        for _ in 0..150 {
            match ask(&guesser, client_id, "cast_wrong").await {
                Ok(answer) => {
                    assert_eq!(answer.error, "invalid_client");
                    judged += 1;
                }
                Err(status) => {
                    assert_eq!(reason(&status), "TOO_MANY_REQUESTS");
                    slowed += 1;
                }
            }
        }
        assert_eq!((judged, slowed), (21, 129));
    }
    let recorded = world
        .count("select count(*) from audit.records where outcome = 'invalid_client'")
        .await;
    assert_eq!(recorded, 42);
    // The society's system is behind the same address.
    let token = ask(&guesser, &client_id, &secret).await.unwrap();
    assert!(!token.access_token.is_empty());
}
