//! What a society asks beyond the basic part: drafted, published by another person, answered, submitted, reviewed.

use proto_forms::{json, v1::form_change::Kind};
use proto_membership::v1 as wire;
use serde_json::{Map, Value, json};
use tonic::Code;

use crate::{
    journey::create_request,
    world::{Actor, World, reason, refusal},
};

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("{other} is no object"),
    }
}

pub fn sent(value: Value) -> Option<prost_types::Struct> {
    Some(json::message(object(value)))
}

fn answers(application: &wire::Application) -> Value {
    Value::Object(json::object(
        application.answers.clone().unwrap_or_default(),
    ))
}

/// Whether the applicant studies; where, if so; and the name as it is verified.
pub fn definition() -> Value {
    let student = json!({ "compare": { "field": "studies", "is": "eq", "to": true } });
    json!({ "pages": [{ "sections": [{ "fields": [
        { "key": "studies", "type": "yesNo", "title": { "zh": "是否在读" }, "required": true },
        { "key": "school", "type": "text", "title": { "zh": "就读学校" }, "required": true, "condition": student },
        { "key": "signed", "type": "text", "title": { "zh": "承诺人" }, "binding": "personName" },
        { "key": "home", "type": "division", "title": { "zh": "籍贯" } },
    ] }] }] })
}

/// The same without the school.
fn shorter() -> Value {
    json!({ "pages": [{ "sections": [{ "fields": [
        { "key": "studies", "type": "yesNo", "title": { "zh": "是否在读" }, "required": true },
        { "key": "referee", "type": "text", "title": { "zh": "推荐人" } },
    ] }] }] })
}

impl World {
    pub async fn save_form(
        &self,
        by: &Actor,
        definition: Value,
        etag: &str,
    ) -> Result<wire::ApplicationFormDraft, tonic::Status> {
        let request = wire::SaveApplicationFormDraftRequest {
            organisation_id: self.society.to_string(),
            definition: sent(definition),
            etag: etag.into(),
            request_id: String::new(),
        };
        let answer = self
            .application_forms()
            .save_application_form_draft(self.by(by, request))
            .await;
        answer.map(tonic::Response::into_inner)
    }

    pub async fn publish_form(
        &self,
        by: &Actor,
        etag: &str,
        accept_loss: bool,
    ) -> Result<wire::PublishedApplicationForm, tonic::Status> {
        let request = wire::PublishApplicationFormRequest {
            organisation_id: self.society.to_string(),
            etag: etag.into(),
            accept_loss,
            request_id: String::new(),
        };
        let answer = self
            .application_forms()
            .publish_application_form(self.by(by, request))
            .await;
        answer.map(tonic::Response::into_inner)
    }

    async fn form_draft(&self, by: &Actor) -> wire::ApplicationFormDraft {
        let request = wire::GetApplicationFormDraftRequest {
            organisation_id: self.society.to_string(),
        };
        let answer = self
            .application_forms()
            .get_application_form_draft(self.by(by, request))
            .await;
        answer.unwrap().into_inner()
    }

    async fn with_form(&self) {
        let draft = self
            .save_form(&self.desk, definition(), "v0")
            .await
            .unwrap();
        self.publish_form(&self.approver, &draft.etag, false)
            .await
            .unwrap();
    }

    pub async fn begin(&self, by: &Actor, given: Value) -> wire::Application {
        let request = wire::CreateApplicationRequest {
            answers: sent(given),
            ..create_request(self.society)
        };
        let answer = self
            .applications()
            .create_application(self.by(by, request))
            .await;
        answer.unwrap().into_inner()
    }

    pub async fn rewrite(
        &self,
        by: &Actor,
        of: &wire::Application,
        given: Option<Value>,
        version: i32,
    ) -> Result<wire::Application, tonic::Status> {
        let request = wire::UpdateApplicationRequest {
            application_id: of.application_id.clone(),
            category: of.category,
            form: of.form.clone(),
            etag: of.etag.clone(),
            answers: given.and_then(sent),
            form_version: version,
            request_id: String::new(),
        };
        let answer = self
            .applications()
            .update_application(self.by(by, request))
            .await;
        answer.map(tonic::Response::into_inner)
    }
}

#[tokio::test]
async fn a_form_is_published_by_a_person_who_has_not_worked_on_it() {
    let world = World::new().await;
    let empty = world.form_draft(&world.desk).await;
    assert!(!empty.exists && empty.published_version == 0);
    let draft = world
        .save_form(&world.desk, definition(), &empty.etag)
        .await
        .unwrap();
    assert!(draft.exists && !draft.publishable);
    assert_eq!(
        draft.editor_numbers,
        std::slice::from_ref(&world.desk.number)
    );

    let refused = refusal(world.publish_form(&world.desk, &draft.etag, false).await);
    assert_eq!(
        (refused.code, refused.reason.as_str()),
        (Code::PermissionDenied, "FORM_FOUR_EYES")
    );
    // Neither does a reviewer, who may not design forms, nor the staff of another society.
    for stranger in [&world.reviewer, &world.stranger] {
        let refused = refusal(world.publish_form(stranger, &draft.etag, false).await);
        assert_eq!(refused.code, Code::PermissionDenied);
    }
    assert!(world.form_draft(&world.approver).await.publishable);
    let published = world
        .publish_form(&world.approver, &draft.etag, false)
        .await
        .unwrap();
    assert_eq!(published.form.unwrap().version, 1);
    assert_eq!(published.changes.len(), 4);
    assert_eq!(
        reason(
            world
                .publish_form(&world.approver, &draft.etag, false)
                .await
        ),
        "FORM_DRAFT_MISSING"
    );

    // The next draft has another etag than the first had: who read that one does not publish this one.
    let after = world.form_draft(&world.desk).await;
    let next = world
        .save_form(&world.desk, shorter(), &after.etag)
        .await
        .unwrap();
    assert_eq!(
        reason(world.publish_form(&world.approver, &draft.etag, true).await),
        "ETAG_MISMATCH"
    );
    assert_ne!(next.etag, draft.etag);
    world.check().await;
}

#[tokio::test]
async fn a_definition_that_cannot_be_asked_names_its_flaws() {
    let world = World::new().await;
    let mut broken = definition();
    let fields = &mut broken["pages"][0]["sections"][0]["fields"];
    fields[0]["condition"] = json!({ "empty": { "field": "school" } });
    fields[3]["key"] = "school".into();
    let refused = refusal(world.save_form(&world.desk, broken, "v0").await);
    assert_eq!(
        (refused.code, refused.reason.as_str()),
        (Code::InvalidArgument, "FORM_INVALID")
    );
    let at = |rest: &str| format!("definition.pages[0].sections[0].fields{rest}");
    assert_eq!(refused.fields, [at("[0].condition"), at("[3].key")]);
    assert!(!world.form_draft(&world.desk).await.exists);
}

#[tokio::test]
async fn two_who_begin_a_draft_at_once_do_not_overwrite_each_other() {
    let world = World::new().await;
    let (one, other) = tokio::join!(
        world.save_form(&world.desk, definition(), "v0"),
        world.save_form(&world.approver, shorter(), "v0"),
    );
    assert!(one.is_ok() != other.is_ok());
    let refused = [one, other].into_iter().find(Result::is_err).unwrap();
    assert_eq!(reason(refused), "ETAG_MISMATCH");
}

#[tokio::test]
async fn answers_are_evaluated_when_the_application_is_submitted_and_reviewed_by_the_society_alone()
{
    let world = World::new().await;
    world.with_form().await;
    let wang = world.person("王芳");
    let draft = world
        .begin(
            &wang,
            json!({ "school": "  清华　大学", "signed": "别人", "home": "999999" }),
        )
        .await;
    assert_eq!(draft.form_version, 1);
    // As it was typed, but for what the platform fills in.
    assert_eq!(
        answers(&draft),
        json!({ "school": "  清华　大学", "home": "999999" })
    );

    let refused = refusal(world.submit(&wang, &draft.application_id).await);
    assert_eq!(refused.reason, "APPLICATION_INCOMPLETE");
    assert_eq!(refused.fields, ["answers.studies", "answers.home"]);

    let given = json!({ "studies": false, "school": "清华大学", "home": "１１０１０８" });
    let draft = world.rewrite(&wang, &draft, Some(given), 0).await.unwrap();
    let submitted = world.submit(&wang, &draft.application_id).await.unwrap();
    // The school is not asked; the name is the verified one.
    let expected = json!({ "studies": false, "signed": "王芳", "home": "110108" });
    assert_eq!(answers(&submitted), expected);
    let seen = world
        .application(&world.reviewer, &draft.application_id)
        .await
        .unwrap();
    assert_eq!(answers(&seen), expected);
    let above = world
        .staff("organisation.administrator", world.headquarters)
        .await;
    let seen = world
        .application(&above, &draft.application_id)
        .await
        .unwrap();
    assert_eq!((seen.answers, seen.form_version), (None, 1));
    // Nothing of it is stored open.
    let stored: Vec<u8> = sqlx::query_scalar("select answers_sealed from applications")
        .fetch_one(world.pool())
        .await
        .unwrap();
    assert!(!String::from_utf8_lossy(&stored).contains("王芳"));
    world.check().await;
}

#[tokio::test]
async fn a_draft_keeps_its_version_until_its_applicant_takes_the_new_one() {
    let world = World::new().await;
    world.with_form().await;
    let wang = world.person("王芳");
    let draft = world
        .begin(&wang, json!({ "studies": true, "school": "清华大学" }))
        .await;

    let next = world.form_draft(&world.desk).await;
    let next = world
        .save_form(&world.desk, shorter(), &next.etag)
        .await
        .unwrap();
    assert_eq!(next.open_applications, 1);
    let kinds: Vec<Kind> = next.changes.iter().map(|change| change.kind()).collect();
    assert_eq!(
        kinds,
        [Kind::Added, Kind::Removed, Kind::Removed, Kind::Removed]
    );
    let refused = refusal(world.publish_form(&world.approver, &next.etag, false).await);
    assert_eq!(refused.reason, "FORM_LOSES_ANSWERS");
    assert_eq!(refused.metadata["applications"], "1");
    world
        .publish_form(&world.approver, &next.etag, true)
        .await
        .unwrap();

    let kept = world
        .application(&wang, &draft.application_id)
        .await
        .unwrap();
    assert_eq!((kept.form_version, kept.current_form_version), (1, 2));
    assert_eq!(answers(&kept)["school"], "清华大学");
    // Answers for a version that there is not, and to questions that this one does not ask.
    assert_eq!(
        reason(world.rewrite(&wang, &kept, None, 3).await),
        "FORM_VERSION_FOREIGN"
    );
    let foreign = refusal(
        world
            .rewrite(&wang, &kept, Some(json!({ "referee": "李明" })), 0)
            .await,
    );
    assert_eq!(
        (foreign.reason.as_str(), foreign.fields.as_slice()),
        ("FORM_VERSION_FOREIGN", &["answers.referee".to_owned()][..])
    );
    // What no database stores is refused before anything looks at it.
    let nul = refusal(
        world
            .rewrite(&wang, &kept, Some(json!({ "school": "a\u{0}b" })), 0)
            .await,
    );
    assert_eq!(
        (nul.code, nul.reason.as_str()),
        (Code::InvalidArgument, "INVALID_ARGUMENT")
    );
    // Without a word about answers they stay.
    let same = world.rewrite(&wang, &kept, None, 0).await.unwrap();
    assert_eq!((same.form_version, answers(&same)), (1, answers(&kept)));
    let taken = world.rewrite(&wang, &same, None, 2).await.unwrap();
    assert_eq!(
        (taken.form_version, answers(&taken)),
        (2, json!({ "studies": true }))
    );
    world.submit(&wang, &draft.application_id).await.unwrap();

    // The first version is still there to be read.
    let request = wire::GetApplicationFormRequest {
        organisation_id: world.society.to_string(),
        version: 1,
        since_version: Some(2),
    };
    let first = world
        .application_forms()
        .get_application_form(world.by(&wang, request))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(first.form.unwrap().version, 1);
    assert_eq!(first.changes.len(), 4);
    world.check().await;
}
