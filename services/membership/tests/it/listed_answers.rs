//! The list of applications is filtered by what was answered: as it was handed in, under a consent that is in force, for those who may see
//! answers.

use kit::db::Db;
use proto_membership::v1 as wire;
use serde_json::{Value, json};

use crate::world::{Actor, World, keys, refusal};

fn definition() -> Value {
    let options = json!([{ "key": "student", "title": { "zh": "学生" } }, { "key": "staff", "title": { "zh": "在职" } }]);
    json!({ "pages": [{ "sections": [{ "fields": [
        { "key": "status", "type": "single", "title": { "zh": "身份" }, "options": options, "exported": true },
        { "key": "field", "type": "discipline", "title": { "zh": "学科" }, "exported": true },
        { "key": "health", "type": "yesNo", "title": { "zh": "健康" }, "sensitive": true },
    ] }] }] })
}

impl World {
    async fn who_answered(
        &self,
        by: &Actor,
        answers: &[&str],
    ) -> Result<Vec<String>, tonic::Status> {
        let request = wire::ListApplicationsRequest {
            organisation_id: self.society.to_string(),
            states: (2..=7).collect(),
            answers: answers.iter().map(|&one| one.to_owned()).collect(),
            ..Default::default()
        };
        let mut client = self.applications();
        let list = client.list_applications(self.by(by, request)).await?;
        let applications = list.into_inner().applications;
        let mut ids: Vec<String> = applications
            .into_iter()
            .map(|one| one.application_id)
            .collect();
        // Handed in at the same moment, they are in no order.
        ids.sort();
        Ok(ids)
    }
}

#[tokio::test]
async fn a_list_is_filtered_by_what_was_handed_in() {
    let world = World::new().await;
    let draft = world
        .save_form(&world.desk, definition(), "v0")
        .await
        .unwrap();
    world
        .publish_form(&world.approver, &draft.etag, false)
        .await
        .unwrap();
    let (wang, li) = (world.person("王芳"), world.person("李明"));
    let answers = json!({ "status": "student", "field": "520", "health": true });
    let one = world.begin(&wang, answers).await;
    let other = world
        .begin(&li, json!({ "status": "staff", "field": "520" }))
        .await;
    let found =
        async |answers: &[&str]| world.who_answered(&world.reviewer, answers).await.unwrap();
    // A draft is the applicant's own.
    assert!(found(&["status=student"]).await.is_empty());
    let (one, other) = (one.application_id, other.application_id);
    let mut both = [one.clone(), other.clone()];
    both.sort();
    world.submit(&wang, &one).await.unwrap();
    world.submit(&li, &other).await.unwrap();
    assert_eq!(found(&["status=student"]).await, std::slice::from_ref(&one));
    assert_eq!(found(&["field=520"]).await, both);
    assert_eq!(
        found(&["field=520", "status=staff"]).await,
        std::slice::from_ref(&other)
    );
    assert!(found(&["health=true"]).await.is_empty());
    // Those above see no answers, whether there are such or not.
    let above = world
        .staff("organisation.administrator", world.headquarters)
        .await;
    for answer in ["status=student", "nothing=1"] {
        let refused = refusal(world.who_answered(&above, &[answer]).await);
        assert_eq!(refused.reason, "PERMISSION_DENIED");
    }
    // What was handed in before there were rows is found later.
    for statement in [
        "delete from application_answers",
        "update applications set answers_listed = false",
    ] {
        sqlx::query(statement).execute(world.pool()).await.unwrap();
    }
    assert!(found(&["field=520"]).await.is_empty());
    let db = Db::new(world.pool().clone(), eventlog::Nudge::new());
    let table = membership::applications::ListedAnswers;
    form_versions::listing::run(&db, &keys(), &table)
        .await
        .unwrap();
    assert_eq!(found(&["field=520"]).await, both);
    // Who withdraws the consent is no longer found by what they said.
    world.withdraw_consent(&wang).await;
    assert!(found(&["status=student"]).await.is_empty());
    world.check().await;
}

#[tokio::test]
async fn where_an_applicant_works_is_filled_in_as_the_application_says() {
    let world = World::new().await;
    let bound = |binding: &str| {
        json!({ "pages": [{ "sections": [{ "fields": [
            { "key": "place", "type": "text", "title": { "zh": "单位" }, "binding": binding },
        ] }] }] })
    };
    let draft = world
        .save_form(&world.desk, bound("workplace"), "v0")
        .await
        .unwrap();
    world
        .publish_form(&world.approver, &draft.etag, false)
        .await
        .unwrap();
    let wang = world.person("王芳");
    // What is sent for it counts for nothing.
    let begun = world.begin(&wang, json!({ "place": "另一单位" })).await;
    let submitted = world.submit(&wang, &begun.application_id).await.unwrap();
    let answers = proto_forms::json::object(submitted.answers.unwrap());
    let employer = submitted.form.unwrap().employer;
    assert!(!employer.is_empty());
    assert_eq!(Value::Object(answers), json!({ "place": employer }));
    world.check().await;
}
