//! A registrant changes what they answered: while registration is open, to the version they answered, by the etag of what they read.

use kit::access::Caller;
use proto_events::v1::{self as wire, Activity, Registration, RegistrationAnswers};
use serde_json::{Value, json};
use time::Duration;
use tonic::{Response, Status};

use crate::{
    covers::png,
    registration_forms::{definition, fields, read, sent},
    world::{NOW, World, as_, cancel, desk_of, named_person, ok, person, refused},
};

impl World {
    async fn rewrite(
        &self,
        by: &Caller,
        registration: &Registration,
        answers: Value,
        etag: &str,
        request_id: &str,
    ) -> Result<Response<RegistrationAnswers>, Status> {
        let request = wire::UpdateMyRegistrationAnswersRequest {
            registration_id: registration.registration_id.clone(),
            answers: sent(answers),
            etag: etag.to_owned(),
            request_id: request_id.to_owned(),
        };
        self.registration_forms()
            .update_my_registration_answers(as_(by, request))
            .await
    }

    async fn registrants(&self, by: &Caller, activity: &Activity) -> Vec<Registration> {
        let request = wire::ListRegistrationsRequest {
            activity_id: activity.activity_id.clone(),
            ..Default::default()
        };
        ok(self
            .registrations()
            .list_registrations(as_(by, request))
            .await)
        .registrations
    }
}

fn meal(without: &str) -> Value {
    json!({ "meal": true, "without": without })
}

#[tokio::test]
async fn answers_are_changed_to_the_version_that_was_answered_and_the_organiser_sees_when() {
    let world = World::new().await;
    let activity = world.published(10).await;
    world.with_form(&activity, definition()).await;
    let wang = named_person(Some("王芳"));
    let seat = ok(world.answered(&wang, &activity, 1, meal("花生"), "").await);
    assert!(seat.answers_changed_at.is_none());
    // By now the activity asks something else.
    let other = json!({ "pages": [{ "sections": [{ "fields": [
        { "key": "bus", "type": "yesNo", "title": { "zh": "是否乘车" }, "required": true },
    ] }] }] });
    world.with_form(&activity, other).await;
    let before = ok(world.own_answers(&wang, &seat).await);
    assert!(before.changed_at.is_none());
    world.clock.set(NOW + Duration::HOUR);

    let missing = world
        .rewrite(&wang, &seat, json!({ "meal": true }), &before.etag, "")
        .await;
    assert_eq!(fields(&missing.unwrap_err()), ["answers.without"]);
    let foreign = world
        .rewrite(&wang, &seat, json!({ "bus": true }), &before.etag, "")
        .await;
    assert_eq!(
        fields(&foreign.unwrap_err()),
        ["answers.meal", "answers.bus"]
    );
    // A field that the platform fills in is not forged.
    let mut forged = meal("海鲜");
    forged["signed"] = "李四".into();
    let after = ok(world
        .rewrite(&wang, &seat, forged.clone(), &before.etag, "one")
        .await);
    let full = json!({ "meal": true, "without": "海鲜", "signed": "王芳" });
    assert_eq!(read(after.answers.clone()), full);
    assert_eq!(after.form.as_ref().unwrap().version, 1);
    assert!(after.changed_at.is_some());
    assert_ne!(after.etag, before.etag);
    // Sent again; and by a device that has not seen the change.
    assert_eq!(
        ok(world
            .rewrite(&wang, &seat, forged, &before.etag, "one")
            .await),
        after
    );
    let outdated = world
        .rewrite(&wang, &seat, meal("无"), &before.etag, "")
        .await;
    assert_eq!(refused(outdated), "ETAG_MISMATCH");

    let seen = ok(world.answers_of(&world.staff, &seat).await);
    assert_eq!(read(seen.answers), full);
    assert_eq!(seen.changed_at, after.changed_at);
    let listed = world.registrants(&world.staff, &activity).await;
    assert_eq!(listed[0].answers_changed_at, after.changed_at);
    let above = desk_of(world.pool(), world.headquarters).await;
    assert!(
        world.registrants(&above, &activity).await[0]
            .answers_changed_at
            .is_none()
    );
    let withheld = ok(world.answers_of(&above, &seat).await);
    assert!(withheld.changed_at.is_none() && withheld.etag.is_empty());
    let audited: i64 = sqlx::query_scalar(
        "select count(*) from audit.records where action like '%/UpdateMyRegistrationAnswers' and subject = $1",
    )
    .bind(format!("registration:{}", seat.registration_id))
    .fetch_one(world.pool())
    .await
    .unwrap();
    assert_eq!(audited, 1);
    world.invariants().await;
}

#[tokio::test]
async fn only_ones_own_answers_are_changed_until_registration_closes() {
    let world = World::new().await;
    let activity = world.published(10).await;
    let early = person();
    let unasked = world.register(&early, &activity).await;
    world.with_form(&activity, definition()).await;
    let wang = person();
    let seat = ok(world.answered(&wang, &activity, 1, meal("花生"), "").await);
    for stranger in [&person(), &world.staff] {
        let refusal = world.rewrite(stranger, &seat, meal("无"), "*", "").await;
        assert_eq!(refused(refusal), "NOT_FOUND");
    }
    let nothing = world.rewrite(&early, &unasked, json!({}), "*", "").await;
    assert_eq!(refused(nothing), "FORM_VERSION_FOREIGN");
    world.clock.set(NOW + Duration::DAY);
    let late = world.rewrite(&wang, &seat, meal("无"), "*", "").await;
    assert_eq!(refused(late), "REGISTRATION_CLOSED");
    world.clock.set(NOW + Duration::HOUR);
    ok(cancel(&world.registrations(), &wang, &seat, "").await);
    let gone = world.rewrite(&wang, &seat, meal("无"), "*", "").await;
    assert_eq!(refused(gone), "REGISTRATION_CANCELLED");
    let again = ok(world.answered(&wang, &activity, 1, meal("花生"), "").await);
    let request = wire::CancelActivityRequest {
        activity_id: activity.activity_id.clone(),
        reason: "天气原因".into(),
        request_id: String::new(),
    };
    ok(world
        .activities()
        .cancel_activity(as_(&world.staff, request))
        .await);
    let off = world.rewrite(&wang, &again, meal("无"), "*", "").await;
    assert_eq!(refused(off), "ACTIVITY_CANCELLED");
    world.invariants().await;
}

#[tokio::test]
async fn of_two_who_change_at_once_one_has_read_what_is_there() {
    let world = World::new().await;
    let activity = world.published(10).await;
    world.with_form(&activity, definition()).await;
    let wang = person();
    let seat = ok(world.answered(&wang, &activity, 1, meal("花生"), "").await);
    let etag = ok(world.own_answers(&wang, &seat).await).etag;
    let (one, other) = tokio::join!(
        world.rewrite(&wang, &seat, meal("一"), &etag, ""),
        world.rewrite(&wang, &seat, meal("二"), &etag, ""),
    );
    assert!(one.is_ok() != other.is_ok());
    let kept = if one.is_ok() { "一" } else { "二" };
    let refusal = if one.is_err() { one } else { other };
    assert_eq!(refused(refusal), "ETAG_MISMATCH");
    let now = ok(world.own_answers(&wang, &seat).await);
    assert_eq!(read(now.answers)["without"], kept);
}

#[tokio::test]
async fn files_are_exchanged_with_the_answers() {
    let world = World::new().await;
    let activity = world.with_files(10).await;
    let wang = person();
    let one = world.attached(&wang, &activity, &png(32, 1)).await;
    let with = |file: &str| json!({ "shows": true, "poster": [file] });
    let seat = ok(world.answered(&wang, &activity, 1, with(&one), "").await);
    let two = world.attached(&wang, &activity, &png(32, 2)).await;
    let after = ok(world.rewrite(&wang, &seat, with(&two), "*", "").await);
    let names: Vec<&str> = after
        .files
        .iter()
        .map(|file| file.upload_id.as_str())
        .collect();
    assert_eq!(names, [two.as_str()]);
    // What was given up is gone; what stays can be named again.
    let back = world.rewrite(&wang, &seat, with(&one), "*", "").await;
    assert_eq!(fields(&back.unwrap_err()), ["answers.poster[0]"]);
    let same = ok(world.rewrite(&wang, &seat, with(&two), "*", "").await);
    assert_eq!(same.files, after.files);
    let none = json!({ "shows": false });
    let none = ok(world.rewrite(&wang, &seat, none, "*", "").await);
    assert!(none.files.is_empty());
    assert_eq!(world.claimed().await, 0);
    world.invariants().await;
}
