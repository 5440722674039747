//! Coming to the platform.

use proto_identity::v1::{self as wire, request_code_request::Purpose};
use time::Duration;

use crate::world::{Browser, PASSWORD, World, detail, fields, phone, refused, sign_up};

#[tokio::test]
async fn a_scientist_signs_up_with_a_phone_number_and_is_signed_in() {
    let world = World::new().await;
    let number = phone();
    let (browser, account) = world.signed_up(&number).await;
    assert_eq!(account.person_number.len(), 16);
    assert_eq!(account.display_name, "小王");
    assert_eq!(
        account.masked_addresses,
        [format!("{}****{}", &number[..3], &number[7..])]
    );
    assert!(!account.verified);
    let me = browser.me().await.unwrap();
    assert_eq!(me, account);
    let person = browser.person().await;
    assert_eq!(
        (person.person_number, person.division_code),
        (account.person_number, "110108".to_owned())
    );
    assert_eq!(world.events().await, ["PersonRegistered"]);
}

#[tokio::test]
async fn a_mail_address_serves_as_well() {
    let world = World::new().await;
    let mut browser = world.browser();
    let (code_id, code) = world
        .code(&browser, Purpose::SignUp, "Wang.Ming@example.org")
        .await;
    let account = browser
        .create_account(&sign_up(&code_id, &code))
        .await
        .unwrap();
    assert_eq!(account.masked_addresses, ["W***@example.org"]);
    let mut other = world.browser();
    other
        .sign_in("wang.ming@EXAMPLE.org", PASSWORD)
        .await
        .unwrap();
    assert_eq!(other.me().await.unwrap().account_id, account.account_id);
}

#[tokio::test]
async fn the_cookie_comes_with_the_answer_and_says_how_long_it_lasts() {
    let world = World::new().await;
    let (browser, number) = (world.browser(), phone());
    let (code_id, code) = world.code(&browser, Purpose::SignUp, &number).await;
    let response = browser
        .accounts()
        .create_account(browser.via_gateway(sign_up(&code_id, &code)))
        .await
        .unwrap();
    let secret = response
        .metadata()
        .get("x-cast-session")
        .unwrap()
        .to_str()
        .unwrap();
    assert_eq!(secret.len(), 43);
    assert_eq!(
        response.metadata().get("x-cast-session-max-age").unwrap(),
        "2592000"
    );
}

#[tokio::test]
async fn a_repeated_request_gives_the_same_account_and_a_session_again() {
    let world = World::new().await;
    let (mut browser, number) = (world.browser(), phone());
    let (code_id, code) = world.code(&browser, Purpose::SignUp, &number).await;
    let request = wire::CreateAccountRequest {
        request_id: "once".into(),
        ..sign_up(&code_id, &code)
    };
    let first = browser.create_account(&request).await.unwrap();
    // The answer was lost: no cookie arrived.
    let mut again = world.browser();
    assert_eq!(again.create_account(&request).await.unwrap(), first);
    assert_eq!(again.me().await.unwrap(), first);
    assert_eq!(world.count("select count(*) from accounts").await, 1);
    assert_eq!(world.events().await, ["PersonRegistered"]);
    let other = wire::CreateAccountRequest {
        display_name: "老王".into(),
        ..request
    };
    assert_eq!(
        refused(browser.create_account(&other).await),
        "REQUEST_ID_REUSED"
    );
}

#[tokio::test]
async fn a_repeated_request_does_not_sign_in_with_a_password_that_was_changed_meanwhile() {
    let world = World::new().await;
    let (mut browser, number) = (world.browser(), phone());
    let (code_id, code) = world.code(&browser, Purpose::SignUp, &number).await;
    let request = wire::CreateAccountRequest {
        request_id: "once".into(),
        ..sign_up(&code_id, &code)
    };
    browser.create_account(&request).await.unwrap();
    let change = wire::ChangePasswordRequest {
        current_password: PASSWORD.into(),
        new_password: "another battery staple".into(),
        ..Default::default()
    };
    browser
        .accounts()
        .change_password(browser.signed(change).await.unwrap())
        .await
        .unwrap();
    let mut thief = world.browser();
    thief.create_account(&request).await.unwrap();
    assert_eq!(thief.session, None);
}

#[tokio::test]
async fn of_two_concurrent_uses_of_one_code_one_wins() {
    let world = World::new().await;
    for _ in 0..4 {
        let (browser, number) = (world.browser(), phone());
        let (code_id, code) = world.code(&browser, Purpose::SignUp, &number).await;
        let attempt =
            async |mut browser: Browser| browser.create_account(&sign_up(&code_id, &code)).await;
        let (one, other) = tokio::join!(attempt(browser.clone()), attempt(browser.clone()));
        let (won, lost): (Vec<_>, Vec<_>) = [one, other].into_iter().partition(Result::is_ok);
        assert_eq!(won.len(), 1);
        assert_eq!(refused(lost.into_iter().next().unwrap()), "CODE_WRONG");
    }
    assert_eq!(world.count("select count(*) from accounts").await, 4);
}

#[tokio::test]
async fn of_two_concurrent_sign_ups_of_one_address_with_two_codes_one_wins() {
    let world = World::new().await;
    let (browser, number) = (world.browser(), phone());
    let first = world.code(&browser, Purpose::SignUp, &number).await;
    world.wait(Duration::seconds(61));
    let second = world.code(&browser, Purpose::SignUp, &number).await;
    let attempt = async |mut browser: Browser, (id, code): (String, String)| {
        browser.create_account(&sign_up(&id, &code)).await
    };
    let (one, other) = tokio::join!(
        attempt(browser.clone(), first),
        attempt(browser.clone(), second)
    );
    let (won, lost): (Vec<_>, Vec<_>) = [one, other].into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 1);
    assert_eq!(refused(lost.into_iter().next().unwrap()), "ADDRESS_IN_USE");
    assert_eq!(
        world.count("select count(*) from persons").await,
        1,
        "the loser leaves nothing behind"
    );
}

#[tokio::test]
async fn signing_up_twice_tells_the_owner_and_nobody_else() {
    let world = World::new().await;
    let number = phone();
    world.signed_up(&number).await;
    world.wait(Duration::seconds(61));
    let mut stranger = world.browser();
    let answer = stranger
        .request_code(Purpose::SignUp, &number)
        .await
        .unwrap();
    let message = world.message(&number).await;
    assert_eq!(message.code, None);
    assert!(message.text.contains("已有账号"), "{}", message.text);
    assert!(
        !message.text.chars().any(|c| c.is_ascii_digit()),
        "{}",
        message.text
    );
    let status = stranger
        .create_account(&sign_up(&answer.code_id, "123456"))
        .await
        .unwrap_err();
    assert_eq!(
        detail(&status, "attempts_left").unwrap(),
        "4",
        "just like any wrong code"
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_sign_up_is_named_by_its_field_and_costs_no_code() {
    let world = World::new().await;
    let (mut browser, number) = (world.browser(), phone());
    let (code_id, code) = world.code(&browser, Purpose::SignUp, &number).await;
    let good = sign_up(&code_id, &code);
    for (bad, field) in [
        (
            wire::CreateAccountRequest {
                password: "short".into(),
                ..good.clone()
            },
            "password",
        ),
        (
            wire::CreateAccountRequest {
                password: "password1234".into(),
                ..good.clone()
            },
            "password",
        ),
        (
            wire::CreateAccountRequest {
                password: format!("me{number}"),
                ..good.clone()
            },
            "password",
        ),
        (
            wire::CreateAccountRequest {
                display_name: "  ".into(),
                ..good.clone()
            },
            "display_name",
        ),
        (
            wire::CreateAccountRequest {
                display_name: "a\u{202e}b".into(),
                ..good.clone()
            },
            "display_name",
        ),
        (
            wire::CreateAccountRequest {
                division_code: "999999".into(),
                ..good.clone()
            },
            "division_code",
        ),
        (
            wire::CreateAccountRequest {
                division_code: "11".into(),
                ..good.clone()
            },
            "division_code",
        ),
        (
            wire::CreateAccountRequest {
                code: "12345".into(),
                ..good.clone()
            },
            "code",
        ),
        (
            wire::CreateAccountRequest {
                code_id: "x".into(),
                ..good.clone()
            },
            "code_id",
        ),
    ] {
        let status = browser.create_account(&bad).await.unwrap_err();
        assert_eq!(fields(&status), [field], "{status:?}");
    }
    browser.create_account(&good).await.unwrap();
}

#[tokio::test]
async fn person_numbers_are_drawn_again_when_taken() {
    let world = World::new().await;
    let (_, first) = world.signed_up(&phone()).await;
    // Numbers are drawn from 9·10¹⁴, so the clash is made in the table: the same number, entered for another person.
    let taken = sqlx::query(
        "insert into persons (person_id, person_number, created_at, updated_at) values (gen_random_uuid(), $1, now(), now())
         on conflict (person_number) do nothing",
    )
    .bind(&first.person_number)
    .execute(world.pool())
    .await
    .unwrap();
    assert_eq!(taken.rows_affected(), 0);
    let (_, second) = world.signed_up(&phone()).await;
    assert_ne!(first.person_number, second.person_number);
    assert!(identity::persons::rules::is_person_number(
        &second.person_number
    ));
}
