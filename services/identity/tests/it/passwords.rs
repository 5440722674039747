//! Changing and recovering the password.

use proto_identity::v1::{self as wire, request_code_request::Purpose};
use time::Duration;
use tonic::Status;

use crate::world::{Browser, PASSWORD, World, fields, phone, reason, refused};

const ANOTHER: &str = "another battery staple";

fn change(current: &str, new: &str) -> wire::ChangePasswordRequest {
    wire::ChangePasswordRequest {
        current_password: current.to_owned(),
        new_password: new.to_owned(),
        request_id: String::new(),
    }
}

async fn changed(
    browser: &Browser,
    message: wire::ChangePasswordRequest,
) -> Result<wire::Account, Status> {
    let request = browser.signed(message).await?;
    Ok(browser
        .accounts()
        .change_password(request)
        .await?
        .into_inner())
}

#[tokio::test]
async fn changing_the_password_ends_the_other_sessions_and_keeps_this_one() {
    let world = World::new().await;
    let number = phone();
    let (browser, _) = world.signed_up(&number).await;
    let mut other = world.browser();
    other.sign_in(&number, PASSWORD).await.unwrap();
    changed(&browser, change(PASSWORD, ANOTHER)).await.unwrap();
    browser.me().await.expect("this session goes on");
    assert_eq!(refused(other.me().await), "SESSION_ENDED");
    assert_eq!(
        refused(other.sign_in(&number, PASSWORD).await),
        "SIGN_IN_FAILED"
    );
    other.sign_in(&number, ANOTHER).await.unwrap();
}

#[tokio::test]
async fn a_repeated_change_answers_like_the_first_one() {
    let world = World::new().await;
    let (browser, _) = world.signed_up(&phone()).await;
    let message = wire::ChangePasswordRequest {
        request_id: "once".into(),
        ..change(PASSWORD, ANOTHER)
    };
    let first = changed(&browser, message.clone()).await.unwrap();
    assert_eq!(changed(&browser, message.clone()).await.unwrap(), first);
    let other = wire::ChangePasswordRequest {
        new_password: "yet another battery".into(),
        ..message
    };
    assert_eq!(refused(changed(&browser, other).await), "REQUEST_ID_REUSED");
}

#[tokio::test]
async fn the_present_password_must_be_right_and_the_new_one_good() {
    let world = World::new().await;
    let number = phone();
    let (browser, _) = world.signed_up(&number).await;
    let status = changed(&browser, change("not my password", ANOTHER))
        .await
        .unwrap_err();
    assert_eq!(
        (reason(&status).as_str(), fields(&status)),
        ("PASSWORD_WRONG", vec!["current_password".to_owned()])
    );
    for weak in ["qwertyuiop", "password2026", &format!("ab{number}")] {
        let status = changed(&browser, change(PASSWORD, weak)).await.unwrap_err();
        assert_eq!(
            (reason(&status).as_str(), fields(&status)),
            ("PASSWORD_WEAK", vec!["new_password".to_owned()])
        );
    }
    changed(&browser, change(PASSWORD, ANOTHER)).await.unwrap();
}

#[tokio::test]
async fn of_two_concurrent_changes_one_wins() {
    let world = World::new().await;
    let number = phone();
    let (browser, _) = world.signed_up(&number).await;
    let (one, other) = tokio::join!(
        changed(&browser, change(PASSWORD, ANOTHER)),
        changed(&browser, change(PASSWORD, "a third battery staple"))
    );
    let won = [one.is_ok(), other.is_ok()];
    assert_eq!(
        won.iter().filter(|won| **won).count(),
        1,
        "{one:?} {other:?}"
    );
    let password = if won[0] {
        ANOTHER
    } else {
        "a third battery staple"
    };
    world.browser().sign_in(&number, password).await.unwrap();
}

#[tokio::test]
async fn a_forgotten_password_is_set_anew_by_code_and_every_session_ends() {
    let world = World::new().await;
    let number = phone();
    let (old, account) = world.signed_up(&number).await;
    world.wait(Duration::seconds(61));
    let mut browser = world.browser();
    let (code_id, code) = world.code(&browser, Purpose::Recover, &number).await;
    let message = wire::RecoverAccountRequest {
        code_id,
        code,
        new_password: ANOTHER.to_owned(),
        request_id: "once".into(),
    };
    let response = browser
        .accounts()
        .recover_account(browser.via_gateway(message.clone()))
        .await
        .unwrap();
    let answer = browser.take(response);
    assert_eq!(answer.account_id, account.account_id);
    assert_eq!(browser.me().await.unwrap(), answer);
    assert_eq!(refused(old.me().await), "SESSION_ENDED");
    assert_eq!(
        refused(world.browser().sign_in(&number, PASSWORD).await),
        "SIGN_IN_FAILED"
    );

    // Repeated, because the answer was lost: the same, and a session again.
    let mut again = world.browser();
    let response = again
        .accounts()
        .recover_account(again.via_gateway(message.clone()))
        .await
        .unwrap();
    assert_eq!(again.take(response), answer);
    again.me().await.unwrap();
    // As another request, the code is spent.
    let spent = wire::RecoverAccountRequest {
        request_id: "twice".into(),
        ..message
    };
    assert_eq!(
        refused(
            again
                .accounts()
                .recover_account(again.via_gateway(spent))
                .await
        ),
        "CODE_WRONG"
    );
}
