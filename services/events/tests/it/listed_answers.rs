//! The list of registrations is filtered by what was answered: to questions whose answers may be listed, for those who may see answers.

use kit::access::Caller;
use proto_events::v1::{self as wire, Activity};
use serde_json::{Value, json};
use tonic::{Response, Status};

use crate::world::{KEYS, World, as_, cancel, desk_of, field, named_person, ok, person, refused};

/// Sizes and days; and what is not listed, because it is sensitive or not asked for lists.
fn definition() -> Value {
    let options =
        json!([{ "key": "s", "title": { "zh": "小" } }, { "key": "l", "title": { "zh": "大" } }]);
    json!({ "pages": [{ "sections": [{ "fields": [
        { "key": "size", "type": "single", "title": { "zh": "尺码" }, "options": options, "other": true, "exported": true },
        { "key": "days", "type": "multiple", "title": { "zh": "日期" }, "exported": true,
          "options": [{ "key": "one", "title": { "zh": "首日" } }, { "key": "two", "title": { "zh": "次日" } }] },
        { "key": "meal", "type": "yesNo", "title": { "zh": "用餐" }, "exported": true },
        { "key": "health", "type": "yesNo", "title": { "zh": "过敏" }, "sensitive": true },
        { "key": "inner", "type": "yesNo", "title": { "zh": "内部" } },
    ] }] }] })
}

impl World {
    async fn list(
        &self,
        by: &Caller,
        activity: &Activity,
        answers: &[&str],
    ) -> Result<Response<wire::ListRegistrationsResponse>, Status> {
        let request = wire::ListRegistrationsRequest {
            activity_id: activity.activity_id.clone(),
            page_size: 2,
            answers: answers.iter().map(|&one| one.to_owned()).collect(),
            ..Default::default()
        };
        self.registrations()
            .list_registrations(as_(by, request))
            .await
    }

    /// The names on all pages.
    async fn names(&self, activity: &Activity, answers: &[&str]) -> Vec<String> {
        let mut names = Vec::new();
        let mut page_token = String::new();
        loop {
            let request = wire::ListRegistrationsRequest {
                activity_id: activity.activity_id.clone(),
                page_size: 2,
                page_token,
                answers: answers.iter().map(|&one| one.to_owned()).collect(),
                ..Default::default()
            };
            let page = ok(self
                .registrations()
                .list_registrations(as_(&self.staff, request))
                .await);
            names.extend(page.registrations.into_iter().map(|one| one.person_name));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return names;
            }
        }
    }

    async fn rows(&self) -> i64 {
        sqlx::query_scalar("select count(*) from registration_answers")
            .fetch_one(self.pool())
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn a_list_is_filtered_by_what_may_be_listed() {
    let world = World::new().await;
    let activity = world.published(10).await;
    world.with_form(&activity, definition()).await;
    let people = [
        (
            "王一",
            json!({ "size": "s", "days": ["one", "two"], "meal": true, "health": true, "inner": true }),
        ),
        (
            "王二",
            json!({ "size": "l", "days": ["one"], "meal": true }),
        ),
        (
            "王三",
            json!({ "size": { "other": "特大" }, "meal": false }),
        ),
        (
            "王四",
            json!({ "size": "s", "days": ["two"], "meal": true }),
        ),
        ("王五", json!({})),
    ];
    let mut seats = Vec::new();
    for (name, answers) in people {
        let person = named_person(Some(name));
        let seat = ok(world.answered(&person, &activity, 1, answers, "").await);
        seats.push((person, seat));
    }
    let found = async |answers: &[&str]| world.names(&activity, answers).await;
    assert_eq!(found(&[]).await.len(), 5);
    assert_eq!(found(&["size=s"]).await, ["王一", "王四"]);
    assert_eq!(found(&["size=other"]).await, ["王三"]);
    assert_eq!(found(&["meal=true"]).await, ["王一", "王二", "王四"]);
    assert_eq!(found(&["meal=true", "days=two"]).await, ["王一", "王四"]);
    assert_eq!(found(&["days=one", "days=two"]).await, ["王一"]);
    // Sensitive, not for lists, and not there: no row says them.
    for none in ["health=true", "inner=true", "size=xl", "nothing=1"] {
        assert!(found(&[none]).await.is_empty(), "{none}");
    }
    // The other activity of the organiser has the same questions.
    let elsewhere = world.published(10).await;
    world.with_form(&elsewhere, definition()).await;
    assert!(world.names(&elsewhere, &["size=s"]).await.is_empty());

    for wrong in ["size", "=s", "size=", "Größe=s"] {
        let answer = world.list(&world.staff, &activity, &[wrong]).await;
        assert!(field(answer).starts_with("answers"), "{wrong}");
    }
    let many = world.list(&world.staff, &activity, &["meal=true"; 6]).await;
    assert_eq!(field(many), "answers");
    // Those above see no answers, whether there are such or not.
    let above = desk_of(world.pool(), world.headquarters).await;
    for answer in ["size=s", "nothing=1"] {
        let refusal = world.list(&above, &activity, &[answer]).await;
        assert_eq!(refused(refusal), "PERMISSION_DENIED");
    }
    ok(world.list(&above, &activity, &[]).await);

    // What is changed is found by what it is now, and what is cancelled by nothing.
    let (one, seat) = &seats[0];
    let request = wire::UpdateMyRegistrationAnswersRequest {
        registration_id: seat.registration_id.clone(),
        answers: crate::registration_forms::sent(json!({ "size": "l", "meal": true })),
        etag: "*".into(),
        request_id: String::new(),
    };
    ok(world
        .registration_forms()
        .update_my_registration_answers(as_(one, request))
        .await);
    assert_eq!(found(&["size=s"]).await, ["王四"]);
    assert_eq!(found(&["size=l"]).await, ["王一", "王二"]);
    for (person, seat) in &seats {
        ok(cancel(&world.registrations(), person, seat, "").await);
    }
    assert_eq!(world.rows().await, 0);
    world.invariants().await;
}

#[tokio::test]
async fn what_was_answered_before_there_were_rows_is_found_later() {
    let world = World::new().await;
    let activity = world.published(500).await;
    world.with_form(&activity, definition()).await;
    for _ in 0..3 {
        let answers = json!({ "size": "s", "health": true });
        ok(world.answered(&person(), &activity, 1, answers, "").await);
    }
    // As an earlier version has left them.
    for statement in [
        "delete from registration_answers",
        "update registrations set answers_listed = false",
    ] {
        sqlx::query(statement).execute(world.pool()).await.unwrap();
    }
    assert!(world.names(&activity, &["size=s"]).await.is_empty());
    let table = events::registration_forms::listed::ListedAnswers;
    let run = async || {
        form_versions::listing::run(&world.context.db, &KEYS, &table)
            .await
            .unwrap();
    };
    run().await;
    assert_eq!(world.names(&activity, &["size=s"]).await.len(), 3);
    assert_eq!(world.rows().await, 3);
    run().await;
    assert_eq!(world.rows().await, 3);
    world.invariants().await;
}
