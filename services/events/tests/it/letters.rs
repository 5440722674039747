//! Letters of an organiser to registrants: the second user of the crate `letters`.

use proto_events::v1::{self as wire, Activity};
use proto_letters::v1::{self as shared, letter::State};
use proto_notices::v1::{NoticeAsked, notice_asked::To};

use crate::world::{World, as_, cancel, ok, person, person_id, refused};

impl World {
    pub fn letter_request(&self, activity: &Activity) -> wire::CreateRegistrationLetterRequest {
        wire::CreateRegistrationLetterRequest {
            activity_id: activity.activity_id.clone(),
            title: "入场须知".into(),
            body: "请提前半小时到场。".into(),
            states: Vec::new(),
            request_id: "letter".into(),
        }
    }
}

#[tokio::test]
async fn those_who_hold_a_seat_are_told_and_others_find_nothing() {
    let world = World::new().await;
    let activity = world.published(10).await;
    let (comes, leaves, stranger) = (person(), person(), person());
    world.register(&comes, &activity).await;
    let given_up = world.register(&leaves, &activity).await;
    ok(cancel(&world.registrations(), &leaves, &given_up, "").await);
    let mut letters = world.registration_letters();
    let letter = ok(letters
        .create_registration_letter(as_(&world.staff, world.letter_request(&activity)))
        .await);
    assert_eq!(letter.recipients, 1);
    assert_eq!(letter.sender, activity.title);
    let send = shared::SendLetterRequest {
        letter_id: letter.letter_id.clone(),
        etag: letter.etag.clone(),
        request_id: String::new(),
    };
    refused(
        letters
            .send_registration_letter(as_(&stranger, send.clone()))
            .await,
    );
    ok(letters
        .send_registration_letter(as_(&world.staff, send))
        .await);
    world
        .letters
        .worker("cast.test")
        .run_due()
        .await
        .expect("it runs");
    let get = shared::GetLetterRequest {
        letter_id: letter.letter_id,
    };
    let done = ok(letters
        .get_registration_letter(as_(&world.staff, get.clone()))
        .await);
    assert_eq!((done.state(), done.told), (State::Sent, 1));
    let asked: Vec<NoticeAsked> = world.asked().await;
    let about: Vec<_> = asked
        .iter()
        .filter(|one| one.template == "letter_about_activity")
        .collect();
    let Some(To::People(people)) = &about[0].to else {
        panic!("to people");
    };
    assert_eq!(
        (about.len(), &*people.person_ids),
        (1, &[person_id(&comes).to_string()][..])
    );
    assert!(
        ok(letters
            .get_my_registration_letter(as_(&comes, get.clone()))
            .await)
        .body
        .contains("半小时")
    );
    for other in [&leaves, &stranger] {
        assert_eq!(
            refused(
                letters
                    .get_my_registration_letter(as_(other, get.clone()))
                    .await
            ),
            "NOT_FOUND"
        );
    }
    world.invariants().await;
}
