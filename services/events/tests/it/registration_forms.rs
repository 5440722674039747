//! What an activity asks those who register: designed, published by another person, answered, read, exported.

use kit::access::Caller;
use proto_events::v1::{
    self as wire, Activity, CreateRegistrationRequest, Registration,
    create_registration_export_request::Column,
};
use proto_forms::{json, v1 as shared};
use serde_json::{Value, json};
use time::Duration;
use tonic::{Response, Status};
use tonic_types::StatusExt as _;

use crate::world::{NOW, World, as_, cancel, desk_of, named_person, ok, person, reason, refused};

pub fn sent(value: Value) -> Option<prost_types::Struct> {
    match value {
        Value::Object(object) => Some(json::message(object)),
        other => panic!("{other} is no object"),
    }
}

pub fn read(answers: Option<prost_types::Struct>) -> Value {
    Value::Object(json::object(answers.unwrap_or_default()))
}

/// Whether the person eats with the others; what not, if so; and things that only some may see.
pub fn definition() -> Value {
    let eats = json!({ "compare": { "field": "meal", "is": "eq", "to": true } });
    json!({ "pages": [{ "sections": [{ "fields": [
        { "key": "meal", "type": "yesNo", "title": { "zh": "是否用餐", "en": "Meal" }, "required": true, "exported": true },
        { "key": "without", "type": "text", "title": { "zh": "忌口" }, "required": true, "condition": eats, "exported": true },
        { "key": "health", "type": "text", "title": { "zh": "健康状况" }, "sensitive": true },
        { "key": "from", "type": "organisation", "title": { "zh": "所在组织" }, "exported": true },
        { "key": "signed", "type": "text", "title": { "zh": "签名" }, "binding": "personName" },
    ] }] }] })
}

fn answers() -> Value {
    json!({ "meal": true, "without": "花生", "health": "过敏" })
}

impl World {
    pub async fn form_draft(&self, by: &Caller, activity: &Activity) -> shared::FormDraft {
        let request = wire::GetRegistrationFormDraftRequest {
            activity_id: activity.activity_id.clone(),
        };
        ok(self
            .registration_forms()
            .get_registration_form_draft(as_(by, request))
            .await)
    }

    pub async fn save_form(
        &self,
        by: &Caller,
        activity: &Activity,
        definition: Value,
        etag: &str,
    ) -> Result<Response<shared::FormDraft>, Status> {
        let request = wire::SaveRegistrationFormDraftRequest {
            activity_id: activity.activity_id.clone(),
            definition: sent(definition),
            etag: etag.to_owned(),
            request_id: String::new(),
        };
        self.registration_forms()
            .save_registration_form_draft(as_(by, request))
            .await
    }

    pub async fn publish_form(
        &self,
        by: &Caller,
        activity: &Activity,
        etag: &str,
    ) -> Result<Response<shared::PublishedForm>, Status> {
        let request = wire::PublishRegistrationFormRequest {
            activity_id: activity.activity_id.clone(),
            etag: etag.to_owned(),
            request_id: String::new(),
        };
        self.registration_forms()
            .publish_registration_form(as_(by, request))
            .await
    }

    /// A form of the activity, designed by the staff and published by a colleague.
    pub async fn with_form(&self, activity: &Activity, definition: Value) {
        let before = self.form_draft(&self.staff, activity).await;
        let draft = ok(self
            .save_form(&self.staff, activity, definition, &before.etag)
            .await);
        let colleague = desk_of(self.pool(), self.society).await;
        ok(self.publish_form(&colleague, activity, &draft.etag).await);
    }

    pub async fn answered(
        &self,
        by: &Caller,
        activity: &Activity,
        version: i32,
        answers: Value,
        request_id: &str,
    ) -> Result<Response<Registration>, Status> {
        let request = CreateRegistrationRequest {
            activity_id: activity.activity_id.clone(),
            request_id: request_id.to_owned(),
            form_version: version,
            answers: sent(answers),
            ..Default::default()
        };
        self.registrations()
            .create_registration(as_(by, request))
            .await
    }

    pub async fn answers_of(
        &self,
        by: &Caller,
        registration: &Registration,
    ) -> Result<Response<wire::RegistrationAnswers>, Status> {
        let request = wire::GetRegistrationAnswersRequest {
            registration_id: registration.registration_id.clone(),
        };
        self.registration_forms()
            .get_registration_answers(as_(by, request))
            .await
    }

    pub async fn own_answers(
        &self,
        by: &Caller,
        registration: &Registration,
    ) -> Result<Response<wire::RegistrationAnswers>, Status> {
        let request = wire::GetMyRegistrationAnswersRequest {
            registration_id: registration.registration_id.clone(),
        };
        self.registration_forms()
            .get_my_registration_answers(as_(by, request))
            .await
    }
}

/// The fields that a refusal names.
pub fn fields(status: &Status) -> Vec<String> {
    let details = status.get_error_details();
    let violations = details.bad_request().expect("violations");
    let fields = violations.field_violations.iter();
    fields.map(|violation| violation.field.clone()).collect()
}

#[tokio::test]
async fn a_form_is_published_by_a_person_who_has_not_worked_on_it() {
    let world = World::new().await;
    let activity = world.draft(10).await;
    let empty = world.form_draft(&world.staff, &activity).await;
    assert!(!empty.exists && empty.published_version == 0);
    // Where registrants work is known to no service.
    let mut bound = definition();
    bound["pages"][0]["sections"][0]["fields"][4]["binding"] = "workplace".into();
    let unknown = world
        .save_form(&world.staff, &activity, bound, &empty.etag)
        .await;
    let unknown = unknown.expect_err("a refusal");
    assert_eq!(
        fields(&unknown),
        ["definition.pages[0].sections[0].fields[4].binding"]
    );
    let draft = ok(world
        .save_form(&world.staff, &activity, definition(), &empty.etag)
        .await);
    assert!(draft.exists && !draft.publishable);
    let colleague = desk_of(world.pool(), world.society).await;
    let outdated = world.publish_form(&colleague, &activity, &empty.etag).await;
    assert_eq!(refused(outdated), "ETAG_MISMATCH");
    let own = world
        .publish_form(&world.staff, &activity, &draft.etag)
        .await;
    assert_eq!(refused(own), "FORM_FOUR_EYES");
    // To staff of another organisation a draft activity does not exist.
    let strange = world
        .publish_form(&world.stranger, &activity, &draft.etag)
        .await;
    assert_eq!(refused(strange), "NOT_FOUND");

    // While the draft waits the activity is not published: no person registers without the questions.
    let publish = wire::PublishActivityRequest {
        activity_id: activity.activity_id.clone(),
        request_id: String::new(),
    };
    let early = world
        .activities()
        .publish_activity(as_(&colleague, publish))
        .await;
    assert_eq!(refused(early), "FORM_DRAFT_WAITS");
    let published = ok(world.publish_form(&colleague, &activity, &draft.etag).await);
    assert_eq!(published.form.unwrap().version, 1);
    assert_eq!(published.changes.len(), 5);
    let activity = world.publish(&activity).await;
    assert_eq!(activity.form_version, 1);
    let again = world.publish_form(&colleague, &activity, &draft.etag).await;
    assert_eq!(refused(again), "FORM_DRAFT_MISSING");

    // A version without questions ends the asking.
    world.with_form(&activity, json!({ "pages": [] })).await;
    assert_eq!(world.activity(&activity).await.form_version, 0);
    world.register(&person(), &activity).await;
    world.invariants().await;
}

#[tokio::test]
async fn the_form_of_a_draft_is_seen_by_its_staff_alone_and_that_of_a_cancelled_activity_is_not_changed()
 {
    let world = World::new().await;
    let activity = world.draft(10).await;
    world.with_form(&activity, definition()).await;
    let request = wire::GetRegistrationFormRequest {
        activity_id: activity.activity_id.clone(),
        version: 0,
    };
    let form = async |who: &Caller| {
        world
            .registration_forms()
            .get_registration_form(as_(who, request.clone()))
            .await
    };
    assert_eq!(ok(form(&world.staff).await).form.unwrap().version, 1);
    assert_eq!(refused(form(&person()).await), "NOT_FOUND");
    let guess = world.answered(&person(), &activity, 1, json!({}), "").await;
    assert_eq!(refused(guess), "NOT_FOUND");
    let activity = world.publish(&activity).await;
    assert_eq!(ok(form(&person()).await).form.unwrap().version, 1);
    let request = wire::CancelActivityRequest {
        activity_id: activity.activity_id.clone(),
        reason: "天气原因".into(),
        request_id: String::new(),
    };
    ok(world
        .activities()
        .cancel_activity(as_(&world.staff, request))
        .await);
    let etag = world.form_draft(&world.staff, &activity).await.etag;
    let late = world
        .save_form(&world.staff, &activity, definition(), &etag)
        .await;
    assert_eq!(refused(late), "ACTIVITY_CANCELLED");
}

#[tokio::test]
async fn answers_are_evaluated_kept_sealed_and_read_by_the_organiser_alone() {
    let world = World::new().await;
    let activity = world.published(10).await;
    world.with_form(&activity, definition()).await;
    let wang = named_person(Some("王芳"));

    let missing = world
        .answered(&wang, &activity, 1, json!({ "meal": true, "what": 1 }), "")
        .await;
    let missing = missing.expect_err("a refusal");
    assert_eq!(reason(&missing), "REGISTRATION_INCOMPLETE");
    assert_eq!(fields(&missing), ["answers.without", "answers.what"]);
    let strange = json!({ "meal": false, "from": uuid::Uuid::now_v7().to_string() });
    let strange = world.answered(&wang, &activity, 1, strange, "").await;
    assert_eq!(fields(&strange.expect_err("a refusal")), ["answers.from"]);
    for (version, answers) in [(0, json!({})), (0, answers()), (2, answers())] {
        let foreign = world.answered(&wang, &activity, version, answers, "").await;
        assert_eq!(refused(foreign), "FORM_VERSION_FOREIGN");
    }
    let long = json!({ "meal": false, "health": "长".repeat(6_000) });
    let long = world.answered(&wang, &activity, 1, long, "").await;
    assert_eq!(fields(&long.expect_err("a refusal")), ["answers"]);
    assert_eq!(world.holding(&activity).await, 0);

    let mut full = answers();
    full["from"] = world.society.to_string().into();
    let seat = ok(world.answered(&wang, &activity, 1, full.clone(), "").await);
    assert_eq!(seat.form_version, 1);
    let stored: Vec<u8> = sqlx::query_scalar("select answers from registrations")
        .fetch_one(world.pool())
        .await
        .unwrap();
    assert!(!String::from_utf8_lossy(&stored).contains("花生"));

    full["signed"] = "王芳".into();
    let seen = ok(world.answers_of(&world.staff, &seat).await);
    assert_eq!(read(seen.answers), full);
    assert_eq!(seen.form.unwrap().version, 1);
    let audited: i64 = sqlx::query_scalar(
        "select count(*) from audit.records where action like '%/GetRegistrationAnswers' and subject = $1",
    )
    .bind(format!("registration:{}", seat.registration_id))
    .fetch_one(world.pool())
    .await
    .unwrap();
    assert_eq!(audited, 1);
    assert_eq!(
        read(ok(world.own_answers(&wang, &seat).await).answers),
        full
    );

    let above = desk_of(world.pool(), world.headquarters).await;
    let withheld = ok(world.answers_of(&above, &seat).await);
    assert!(withheld.withheld && withheld.answers.is_none());
    assert_eq!(
        refused(world.answers_of(&world.stranger, &seat).await),
        "NOT_FOUND"
    );
    assert_eq!(
        refused(world.own_answers(&person(), &seat).await),
        "NOT_FOUND"
    );

    ok(cancel(&world.registrations(), &wang, &seat, "").await);
    let gone = ok(world.answers_of(&world.staff, &seat).await);
    assert_eq!(read(gone.answers), json!({}));
    world.invariants().await;
}

#[tokio::test]
async fn the_same_request_with_the_same_answers_has_one_seat_whatever_has_changed_since() {
    let world = World::new().await;
    let activity = world.published(10).await;
    // Asked only until the day of registration.
    let today =
        json!({ "key": "day", "type": "date", "title": { "zh": "到达日期" }, "required": true });
    let before =
        json!({ "compare": { "field": "day", "is": "lt", "to": { "todayPlusYears": 0 } } });
    let why = json!({ "key": "why", "type": "text", "title": { "zh": "原因" }, "required": true, "condition": before });
    let form = json!({ "pages": [{ "sections": [{ "fields": [today, why] }] }] });
    world.with_form(&activity, form.clone()).await;
    let wang = person();
    let day = json!({ "day": "2026-05-01" });
    let send = async |answers: Value| world.answered(&wang, &activity, 1, answers, "one").await;
    let (one, other) = tokio::join!(send(day.clone()), send(day.clone()));
    let seat = ok(one);
    assert_eq!(ok(other), seat);
    assert_eq!(
        refused(send(json!({ "day": "2026-05-02" })).await),
        "REQUEST_ID_REUSED"
    );
    // Tomorrow the same answers would lack the reason.
    world.clock.set(NOW + Duration::hours(20));
    assert_eq!(ok(send(day.clone()).await), seat);
    let new = world
        .answered(&person(), &activity, 1, day.clone(), "one")
        .await;
    assert_eq!(fields(&new.expect_err("a refusal")), ["answers.why"]);
    world.with_form(&activity, definition()).await;
    assert_eq!(ok(send(day.clone()).await), seat);
    let late = world
        .answered(&person(), &activity, 1, json!({ "day": "2026-05-03" }), "")
        .await;
    assert_eq!(refused(late), "FORM_VERSION_FOREIGN");
    let given_back = ok(cancel(&world.registrations(), &wang, &seat, "").await);
    assert_eq!(ok(send(day).await).state, given_back.state);
    assert_eq!(world.holding(&activity).await, 0);
    world.invariants().await;
}

#[tokio::test]
async fn who_is_admitted_after_a_version_was_published_has_answered_that_version() {
    let world = World::new().await;
    let activity = world.published(10).await;
    let lock = world.hold_seats(&activity).await;
    let draft = ok(world
        .save_form(&world.staff, &activity, definition(), "v0")
        .await);
    let colleague = desk_of(world.pool(), world.society).await;
    let publishing = world.publish_form(&colleague, &activity, &draft.etag);
    let registering = async {
        world.until_waiting_for_locks(1).await;
        // Behind the publication: by now something is asked.
        let person = person();
        let registering = world.answered(&person, &activity, 0, json!({}), "");
        let releasing = async {
            world.until_waiting_for_locks(2).await;
            lock.commit().await.unwrap();
        };
        tokio::join!(registering, releasing).0
    };
    let (published, registered) = tokio::join!(publishing, registering);
    ok(published);
    assert_eq!(refused(registered), "FORM_VERSION_FOREIGN");
    assert_eq!(world.holding(&activity).await, 0);
}

#[tokio::test]
async fn a_file_has_a_column_for_each_question_that_may_be_exported() {
    let world = World::new().await;
    let activity = world.published(10).await;
    let early = named_person(Some("李早"));
    world.register(&early, &activity).await;
    world.with_form(&activity, definition()).await;
    let wang = named_person(Some("王芳"));
    let mut full = answers();
    full["from"] = world.society.to_string().into();
    let full = ok(world.answered(&wang, &activity, 1, full, "").await);
    assert_eq!(full.form_version, 1);
    let request = wire::CreateRegistrationExportRequest {
        columns: vec![Column::PersonName.into(), Column::Answers.into()],
        ..world.export_request(&activity)
    };
    let export = world.exported(&world.staff, request.clone()).await;
    assert_eq!(
        world.lines(&world.staff, &export).await,
        [
            ["姓名", "是否用餐", "忌口", "所在组织"],
            ["李早", "", "", ""],
            ["王芳", "是", "花生", "中国计算机学会"],
        ]
    );
    let above = desk_of(world.pool(), world.headquarters).await;
    let export = world.exported(&above, request).await;
    assert_eq!(world.lines(&above, &export).await[2], ["王**", "", "", ""]);
}

#[tokio::test]
async fn answers_of_a_rush_are_all_kept() {
    let world = World::new().await;
    let activity = world.published(30).await;
    world.with_form(&activity, definition()).await;
    let people: Vec<Caller> = (0..40).map(|_| person()).collect();
    let asking = people.iter().enumerate().map(|(at, person)| {
        let own = json!({ "meal": true, "without": format!("第{at}") });
        world.answered(person, &activity, 1, own, "")
    });
    let answers = futures::future::join_all(asking).await;
    let mut seats = 0;
    for ((at, person), answer) in people.iter().enumerate().zip(answers) {
        match answer {
            Ok(seat) => {
                seats += 1;
                let own = ok(world.own_answers(person, &seat.into_inner()).await);
                assert_eq!(read(own.answers)["without"], format!("第{at}"));
            }
            Err(full) => assert_eq!(reason(&full), "ACTIVITY_FULL"),
        }
    }
    assert_eq!(seats, 30);
    world.invariants().await;
}
