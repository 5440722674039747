//! One-time codes.

use identity::codes::store;
use proto_identity::v1::{self as wire, request_code_request::Purpose};
use time::Duration;

use crate::world::{World, detail, fields, keys, phone, reason, refused, sign_up};

fn another(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

#[tokio::test]
async fn a_code_bears_five_wrong_tries_and_then_not_even_the_right_one() {
    let world = World::new().await;
    let (mut browser, number) = (world.browser(), phone());
    let (code_id, code) = world.code(&browser, Purpose::SignUp, &number).await;
    for left in ["4", "3", "2", "1", "0", "0"] {
        let status = browser
            .create_account(&sign_up(&code_id, &another(&code)))
            .await
            .unwrap_err();
        assert_eq!(
            (
                reason(&status).as_str(),
                detail(&status, "attempts_left").unwrap().as_str()
            ),
            ("CODE_WRONG", left)
        );
    }
    assert_eq!(
        refused(browser.create_account(&sign_up(&code_id, &code)).await),
        "CODE_WRONG"
    );
}

#[tokio::test]
async fn a_hundred_tries_at_once_get_five() {
    let world = World::new().await;
    let (browser, number) = (world.browser(), phone());
    let (code_id, code) = world.code(&browser, Purpose::SignUp, &number).await;
    let tries: Vec<_> = (1..=40_u32)
        .map(|guess| {
            // From forty places, so that nothing but the code itself counts.
            let mut browser = world.browser();
            let guess = format!("{:06}", (code.parse::<u32>().unwrap() + guess) % 1_000_000);
            let request = sign_up(&code_id, &guess);
            tokio::spawn(async move { browser.create_account(&request).await.unwrap_err() })
        })
        .collect();
    let mut judged = 0;
    for attempt in tries {
        let status = attempt.await.unwrap();
        assert_eq!(reason(&status), "CODE_WRONG");
        judged += 1;
    }
    assert_eq!(judged, 40);
    let attempts: (i16, i16) = sqlx::query_as("select attempts, attempts_elsewhere from codes")
        .fetch_one(world.pool())
        .await
        .unwrap();
    assert_eq!(attempts, (0, 5));
    // None of them was made where the code was asked for, so it still serves its owner.
    let mut owner = browser;
    owner
        .create_account(&sign_up(&code_id, &code))
        .await
        .unwrap();
}

/// A phone that reads the message on another network than the one that asked.
#[tokio::test]
async fn a_code_serves_its_owner_on_another_network() {
    let world = World::new().await;
    let number = phone();
    let (code_id, code) = world.code(&world.browser(), Purpose::SignUp, &number).await;
    let mut elsewhere = world.browser();
    assert_eq!(
        refused(
            elsewhere
                .create_account(&sign_up(&code_id, &another(&code)))
                .await
        ),
        "CODE_WRONG"
    );
    elsewhere
        .create_account(&sign_up(&code_id, &code))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_code_is_void_after_ten_minutes() {
    let world = World::new().await;
    let (mut browser, number) = (world.browser(), phone());
    let (code_id, code) = world.code(&browser, Purpose::SignUp, &number).await;
    world.wait(Duration::minutes(10));
    assert_eq!(
        refused(browser.create_account(&sign_up(&code_id, &code)).await),
        "CODE_WRONG"
    );
    world.wait(-Duration::seconds(1));
    browser
        .create_account(&sign_up(&code_id, &code))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_code_serves_its_purpose_and_its_address_alone() {
    let world = World::new().await;
    let (number, other) = (phone(), phone());
    world.signed_up(&number).await;
    world.signed_up(&other).await;
    world.wait(Duration::seconds(61));
    let mut browser = world.browser();
    let (code_id, code) = world.code(&browser, Purpose::SignIn, &number).await;
    assert_eq!(
        refused(browser.create_account(&sign_up(&code_id, &code)).await),
        "CODE_WRONG"
    );
    assert_eq!(
        refused(browser.sign_in_by_code(&other, &code_id, &code).await),
        "CODE_WRONG"
    );
    browser
        .sign_in_by_code(&number, &code_id, &code)
        .await
        .unwrap();
    assert_eq!(
        refused(browser.sign_in_by_code(&number, &code_id, &code).await),
        "CODE_WRONG",
        "once"
    );
}

#[tokio::test]
async fn another_code_for_one_purpose_goes_out_after_a_minute_and_five_in_an_hour() {
    let world = World::new().await;
    let number = phone();
    let (browser, _) = world.signed_up(&number).await;
    world.wait(Duration::hours(25));
    for sent in 1..=5 {
        browser
            .request_code(Purpose::SignIn, &number)
            .await
            .unwrap();
        let status = browser
            .request_code(Purpose::SignIn, &number)
            .await
            .unwrap_err();
        assert_eq!(reason(&status), "TOO_MANY_REQUESTS");
        assert_eq!(
            detail(&status, "retry_after_seconds").unwrap(),
            if sent < 5 { "60" } else { "3360" }
        );
        if sent == 1 {
            browser
                .request_code(Purpose::Recover, &number)
                .await
                .expect("another purpose is counted apart");
        }
        world.wait(Duration::seconds(60));
    }
    world.wait(Duration::minutes(56));
    browser
        .request_code(Purpose::SignIn, &number)
        .await
        .unwrap();
}

/// The attack that kept owners out: anonymous requests for codes from elsewhere. Now they cost work, end at ten a day, and the device that
/// the owner has signed in with gets its code at once.
#[tokio::test]
async fn strangers_neither_flood_a_phone_nor_use_up_the_owners_codes() {
    let world = World::new().await;
    let number = phone();
    let (owner, _) = world.signed_up(&number).await;
    world.wait(Duration::hours(25));
    let before = world.count("select count(*) from jobs.jobs").await;
    for nth in 0..10 {
        let mut stranger = world.browser();
        let asked = stranger.request_code(Purpose::SignIn, &number).await;
        if nth < 3 {
            asked.unwrap();
        } else {
            stranger.work_for(&asked.unwrap_err());
            stranger
                .request_code(Purpose::SignIn, &number)
                .await
                .unwrap();
        }
    }
    let status = world
        .browser()
        .request_code(Purpose::Recover, &number)
        .await
        .unwrap_err();
    assert_eq!(reason(&status), "CODES_USED_UP");
    let sent = world.count("select count(*) from jobs.jobs").await - before;
    assert_eq!(sent, 10, "no phone is flooded");
    for purpose in [Purpose::SignIn, Purpose::Recover] {
        owner.request_code(purpose, &number).await.unwrap();
    }
}

#[tokio::test]
async fn of_twenty_requests_at_once_one_sends_a_message() {
    let world = World::new().await;
    let number = phone();
    let browser = world.browser();
    let requests: Vec<_> = (0..20)
        .map(|_| {
            let (browser, number) = (browser.clone(), number.clone());
            tokio::spawn(
                async move { browser.request_code(Purpose::SignUp, &number).await.is_ok() },
            )
        })
        .collect();
    let mut answered = 0;
    for request in requests {
        answered += usize::from(request.await.unwrap());
    }
    assert_eq!(answered, 1);
    assert_eq!(world.count("select count(*) from jobs.jobs").await, 1);
}

/// Another replica is at work for a person at the same origin: the first of the crowd waits for it in the database, all others behind
/// without a connection, so that all others are served.
#[tokio::test]
async fn a_crowd_behind_one_origin_holds_one_connection() {
    let world = World::new().await;
    let browser = world.browser();
    let origin = browser.address.to_string();
    let origin = keys().keyed_hash("identity.code.origin", origin.as_bytes());
    let mut elsewhere = world.pool().begin().await.unwrap();
    store::queue_up(&mut elsewhere, &[7; 32], Some(&origin))
        .await
        .unwrap();
    let ask = |number: String| {
        let browser = browser.clone();
        tokio::spawn(async move { browser.request_code(Purpose::SignUp, &number).await })
    };
    let first = ask(phone());
    let waiting = async || {
        world
            .count(
                "select count(*) from pg_stat_activity
                 where datname = current_database() and wait_event_type = 'Lock'",
            )
            .await
    };
    world.waiting(1).await;
    let crowd: Vec<_> = (0..30).map(|_| ask(phone())).collect();
    // Time for a second one to wait for the lock, which none does.
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(waiting().await, 1);
    world
        .browser()
        .request_code(Purpose::SignUp, &phone())
        .await
        .expect("others are served meanwhile");
    elsewhere.rollback().await.unwrap();
    first.await.unwrap().unwrap();
    for asked in crowd {
        asked.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn one_origin_asks_for_a_hundred_codes_an_hour_and_then_has_to_work() {
    let world = World::new().await;
    let mut browser = world.browser();
    for _ in 0..100 {
        browser
            .request_code(Purpose::SignUp, &phone())
            .await
            .unwrap();
    }
    let number = phone();
    let status = browser
        .request_code(Purpose::SignUp, &number)
        .await
        .unwrap_err();
    browser.work_for(&status);
    browser
        .request_code(Purpose::SignUp, &number)
        .await
        .expect("behind a blocked network too");
    world
        .browser()
        .request_code(Purpose::SignUp, &phone())
        .await
        .expect("others are not concerned");
}

#[tokio::test]
async fn a_repeated_request_gets_the_same_code_and_sends_no_second_message() {
    let world = World::new().await;
    let (browser, number) = (world.browser(), phone());
    let message = wire::RequestCodeRequest {
        purpose: Purpose::SignUp.into(),
        address: number,
        request_id: "once".into(),
    };
    let ask = async || {
        browser
            .accounts()
            .request_code(browser.via_gateway(message.clone()))
            .await
            .unwrap()
            .into_inner()
    };
    let first = ask().await;
    assert_eq!(ask().await, first);
    assert_eq!(world.count("select count(*) from jobs.jobs").await, 1);
}

#[tokio::test]
async fn asking_tells_nothing_about_accounts() {
    let world = World::new().await;
    let (known, unknown) = (phone(), phone());
    world.signed_up(&known).await;
    world.wait(Duration::hours(25));
    for purpose in [Purpose::SignUp, Purpose::SignIn, Purpose::Recover] {
        let (mut browsers, mut answers) = (Vec::new(), Vec::new());
        for number in [&known, &unknown] {
            let browser = world.browser();
            answers.push(browser.request_code(purpose, number).await.unwrap());
            browsers.push(browser);
        }
        assert_eq!(answers[0].expires_at, answers[1].expires_at);
        assert_eq!(answers[0].resend_at, answers[1].resend_at);
        // Guessing at both fails alike, to the last try and beyond.
        for _ in 0..7 {
            let mut seen = Vec::new();
            for (at, number) in [&known, &unknown].into_iter().enumerate() {
                let (browser, id) = (&mut browsers[at], &answers[at].code_id);
                let status = match purpose {
                    Purpose::SignUp => browser
                        .create_account(&sign_up(id, "000000"))
                        .await
                        .unwrap_err(),
                    Purpose::SignIn => browser
                        .sign_in_by_code(number, id, "000000")
                        .await
                        .unwrap_err(),
                    _ => recover(browser, id, "000000").await.unwrap_err(),
                };
                seen.push((
                    status.code(),
                    reason(&status),
                    detail(&status, "attempts_left"),
                ));
            }
            assert_eq!(seen[0], seen[1]);
        }
        // The next purpose is asked for within the limits.
        world.wait(Duration::seconds(61));
    }
}

#[tokio::test]
async fn who_has_no_account_is_told_so_by_message() {
    let world = World::new().await;
    let (browser, number) = (world.browser(), phone());
    browser
        .request_code(Purpose::Recover, &number)
        .await
        .unwrap();
    let message = world.message(&number).await;
    assert_eq!(message.code, None);
    assert!(message.text.contains("尚未注册"), "{}", message.text);
}

#[tokio::test]
async fn messages_are_in_english_for_those_who_want_it() {
    let world = World::new().await;
    let (browser, number) = (world.browser(), phone());
    let message = wire::RequestCodeRequest {
        purpose: Purpose::SignUp.into(),
        address: number.clone(),
        ..Default::default()
    };
    let mut request = browser.via_gateway(message);
    request.metadata_mut().insert(
        "accept-language",
        "en-GB,en;q=0.9,zh;q=0.5".parse().unwrap(),
    );
    browser.accounts().request_code(request).await.unwrap();
    let message = world.message(&number).await;
    assert!(
        message.text.contains("is your code to sign up"),
        "{}",
        message.text
    );
}

#[tokio::test]
async fn addresses_that_cannot_work_are_refused_with_a_sentence() {
    let world = World::new().await;
    for address in [
        "12345678901",
        "hello",
        "王@example.org",
        "wang@例子.中国",
        "+14155550100",
        "a@b",
        "x".repeat(300).as_str(),
    ] {
        let status = world
            .browser()
            .request_code(Purpose::SignUp, address)
            .await
            .unwrap_err();
        assert_eq!(fields(&status), ["address"], "{address}");
    }
    let missing = wire::RequestCodeRequest {
        address: phone(),
        ..Default::default()
    };
    let browser = world.browser();
    let status = browser
        .accounts()
        .request_code(browser.via_gateway(missing))
        .await
        .unwrap_err();
    assert_eq!(fields(&status), ["purpose"]);
}

async fn recover(
    browser: &crate::world::Browser,
    code_id: &str,
    code: &str,
) -> Result<tonic::Response<wire::Account>, tonic::Status> {
    let message = wire::RecoverAccountRequest {
        code_id: code_id.to_owned(),
        code: code.to_owned(),
        new_password: "another battery staple".to_owned(),
        request_id: String::new(),
    };
    browser
        .accounts()
        .recover_account(browser.via_gateway(message))
        .await
}
