//! Proving who one is.

use std::sync::atomic::Ordering;

use proto_identity::v1 as wire;
use time::Duration;

use crate::world::{World, fields, phone, reason, refused, resident_id};

#[tokio::test]
async fn a_person_is_verified_once_and_the_number_is_never_shown_again() {
    let world = World::new().await;
    let (browser, _) = world.signed_up(&phone()).await;
    let number = resident_id(1);
    let person = browser
        .verify(" 王示例 ", &number.to_lowercase())
        .await
        .unwrap();
    assert_eq!(person.name, "王示例");
    assert_eq!(
        person.masked_document_number,
        format!("1{}{}", "*".repeat(16), &number[17..])
    );
    assert!(person.verified_at.is_some());
    assert!(browser.me().await.unwrap().verified);
    assert_eq!(browser.person().await, person);
    assert_eq!(
        browser.verify("王示例", &number).await.unwrap(),
        person,
        "the same again is fine"
    );
    assert_eq!(world.events().await, ["PersonRegistered", "PersonVerified"]);
    assert_eq!(world.authority.asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn another_number_or_name_after_verification_is_refused() {
    let world = World::new().await;
    let (browser, _) = world.verified(1).await;
    assert_eq!(
        refused(browser.verify("王示例", &resident_id(2)).await),
        "ALREADY_VERIFIED"
    );
    assert_eq!(
        refused(browser.verify("李示例", &resident_id(1)).await),
        "ALREADY_VERIFIED"
    );
    assert_eq!(browser.person().await.name, "王示例");
}

#[tokio::test]
async fn a_number_belongs_to_one_account() {
    let world = World::new().await;
    world.verified(1).await;
    let (second, _) = world.signed_up(&phone()).await;
    assert_eq!(
        refused(second.verify("王示例", &resident_id(1)).await),
        "DOCUMENT_IN_USE"
    );
    assert!(!second.me().await.unwrap().verified);
    second
        .verify("王示例", &resident_id(2))
        .await
        .expect("their own number");
}

/// Two accounts verify with one number at the same time; returns how many got through.
async fn race(world: &World, sequence: u16) -> usize {
    let (one, _) = world.signed_up(&phone()).await;
    let (other, _) = world.signed_up(&phone()).await;
    let number = resident_id(sequence);
    let (a, b) = tokio::join!(
        one.verify("王示例", &number),
        other.verify("王示例", &number)
    );
    let answers = [a, b];
    for status in answers.iter().filter_map(|answer| answer.as_ref().err()) {
        assert_eq!(reason(status), "DOCUMENT_IN_USE");
    }
    answers.iter().filter(|answer| answer.is_ok()).count()
}

#[tokio::test]
async fn of_two_accounts_that_verify_with_one_number_at_once_one_wins() {
    let world = World::new().await;
    for sequence in 1..6 {
        assert_eq!(race(&world, sequence).await, 1);
    }
    let verified = world
        .events()
        .await
        .into_iter()
        .filter(|event| event == "PersonVerified")
        .count();
    assert_eq!(verified, 5);
}

#[tokio::test]
async fn without_the_unique_hash_both_would_win() {
    let world = World::new().await;
    world
        .execute("alter table documents drop constraint documents_number_is_unique")
        .await;
    assert_eq!(race(&world, 1).await, 2);
}

#[tokio::test]
async fn one_account_that_verifies_twice_at_once_publishes_one_event() {
    let world = World::new().await;
    let (browser, _) = world.signed_up(&phone()).await;
    let number = resident_id(1);
    let (a, b) = tokio::join!(
        browser.verify("王示例", &number),
        browser.verify("王示例", &number)
    );
    assert_eq!(a.unwrap(), b.unwrap());
    assert_eq!(world.events().await, ["PersonRegistered", "PersonVerified"]);
}

#[tokio::test]
async fn what_is_wrong_with_name_or_number_is_named() {
    let world = World::new().await;
    let (browser, _) = world.signed_up(&phone()).await;
    let good = resident_id(1);
    let flipped = format!(
        "{}{}",
        &good[..17],
        if good.ends_with('1') { '2' } else { '1' }
    );
    for number in [
        "130503670401001",
        &flipped,
        "110105194912310X20",
        "11010520991231001X",
        "一二三四五六七八九〇一二三四五六七八",
    ] {
        let status = browser.verify("王示例", number).await.unwrap_err();
        assert_eq!(
            (reason(&status).as_str(), fields(&status)),
            ("RESIDENT_ID_INVALID", vec!["resident_id_number".to_owned()]),
            "{number}"
        );
    }
    for name in ["王1", "王 小明", "！！"] {
        assert_eq!(
            fields(&browser.verify(name, &good).await.unwrap_err()),
            ["name"],
            "{name}"
        );
    }
    let without_consent = wire::VerifyMyPersonRequest {
        name: "王示例".into(),
        resident_id_number: good,
        consent: false,
        request_id: String::new(),
    };
    let request = browser.signed(without_consent).await.unwrap();
    assert_eq!(
        fields(
            &browser
                .persons()
                .verify_my_person(request)
                .await
                .unwrap_err()
        ),
        ["consent"]
    );
    assert_eq!(
        world.authority.asked.load(Ordering::SeqCst),
        0,
        "no guardian was asked about any of this"
    );
}

#[tokio::test]
async fn when_the_authority_is_away_nothing_is_stored_and_it_can_be_tried_again() {
    let world = World::new().await;
    let (browser, _) = world.signed_up(&phone()).await;
    world.authority.away.store(true, Ordering::SeqCst);
    let status = browser.verify("王示例", &resident_id(1)).await.unwrap_err();
    assert_eq!(reason(&status), "VERIFIER_UNAVAILABLE");
    assert_eq!(world.authority.asked.load(Ordering::SeqCst), 3);
    assert_eq!(world.count("select count(*) from documents").await, 0);
    world.authority.away.store(false, Ordering::SeqCst);
    browser.verify("王示例", &resident_id(1)).await.unwrap();
}

#[tokio::test]
async fn the_authority_is_no_place_to_guess_in() {
    let world = World::new().await;
    // Another person has this number: that is not said to a caller who cannot prove it is theirs.
    world.verified(1).await;
    let (browser, _) = world.signed_up(&phone()).await;
    world.authority.disagrees.store(true, Ordering::SeqCst);
    for _ in 0..6 {
        assert_eq!(
            refused(browser.verify("李示例", &resident_id(1)).await),
            "NAME_AND_NUMBER_DIFFER"
        );
    }
    assert_eq!(
        refused(browser.verify("李示例", &resident_id(1)).await),
        "TOO_MANY_REQUESTS"
    );
    world.authority.disagrees.store(false, Ordering::SeqCst);
    world.wait(Duration::seconds(5));
    browser.verify("李示例", &resident_id(2)).await.unwrap();
}

fn move_to(division_code: &str, etag: &str, request_id: &str) -> wire::UpdateMyPersonRequest {
    wire::UpdateMyPersonRequest {
        division_code: division_code.to_owned(),
        etag: etag.to_owned(),
        request_id: request_id.to_owned(),
    }
}

#[tokio::test]
async fn moving_needs_the_etag_of_what_was_read_and_tells_the_others() {
    let world = World::new().await;
    let (browser, _) = world.signed_up(&phone()).await;
    let update = async |message| {
        let request = browser.signed(message).await.unwrap();
        browser
            .persons()
            .update_my_person(request)
            .await
            .map(tonic::Response::into_inner)
    };
    let before = browser.person().await;
    let moved = update(move_to("310115", &before.etag, "once"))
        .await
        .unwrap();
    assert_eq!(moved.division_code, "310115");
    assert_ne!(moved.etag, before.etag);
    assert_eq!(
        refused(update(move_to("440305", &before.etag, "")).await),
        "ETAG_MISMATCH"
    );
    assert_eq!(
        refused(update(move_to("440305", "nonsense", "")).await),
        "ETAG_MISMATCH"
    );
    assert_eq!(
        update(move_to("310115", &before.etag, "once"))
            .await
            .unwrap(),
        moved,
        "repeated"
    );
    assert_eq!(
        fields(
            &update(move_to("999999", &moved.etag, ""))
                .await
                .unwrap_err()
        ),
        ["division_code"]
    );
    update(move_to("310115", &moved.etag, ""))
        .await
        .expect("to where one is: no event");
    update(move_to("", &moved.etag, "")).await.expect("nowhere");
    assert_eq!(
        world.events().await,
        ["PersonRegistered", "PersonMoved", "PersonMoved"]
    );
}

#[tokio::test]
async fn nothing_of_this_is_open_to_strangers() {
    let world = World::new().await;
    let browser = world.browser();
    let persons = || browser.persons();
    let answer = persons()
        .get_my_person(browser.via_gateway(wire::GetMyPersonRequest {}))
        .await;
    assert_eq!(refused(answer), "UNAUTHENTICATED");
    let forged = browser.with_token("eyJhbGciOiJub25lIn0.e30.", wire::GetMyPersonRequest {});
    assert_eq!(
        refused(persons().get_my_person(forged).await),
        "TOKEN_INVALID"
    );
}
