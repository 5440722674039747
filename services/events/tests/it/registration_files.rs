//! Files that registrants attach to their answers: claimed with the seat, read by those whom the answers are shown, deleted with them.

use futures::TryStreamExt as _;
use kit::access::Caller;
use proto_events::v1::{
    self as wire, Activity, Registration, create_registration_export_request::Column,
};
use proto_options::HttpBody;
use serde_json::{Value, json};
use time::Duration;
use tonic::{Response, Status};
use uuid::Uuid;
use wire::get_registration_file_request::Face;

use crate::{
    covers::png,
    registration_forms::fields,
    world::{NOW, World, as_, cancel, desk_of, id, named_person, ok, person, reason, refused},
};

/// A poster for those who show one.
fn definition() -> Value {
    let shows = json!({ "compare": { "field": "shows", "is": "eq", "to": true } });
    json!({ "pages": [{ "sections": [{ "fields": [
        { "key": "shows", "type": "yesNo", "title": { "zh": "是否展示海报" }, "required": true },
        { "key": "poster", "type": "file", "title": { "zh": "海报" }, "required": true, "exported": true, "max": 2, "condition": shows },
    ] }] }] })
}

fn with(files: &[&str]) -> Value {
    json!({ "shows": true, "poster": files })
}

impl World {
    /// A published activity that asks for a poster.
    pub async fn with_files(&self, capacity: i32) -> Activity {
        let activity = self.published(capacity).await;
        self.with_form(&activity, definition()).await;
        activity
    }

    async fn begin_upload(
        &self,
        by: &Caller,
        activity: &Activity,
        size: usize,
    ) -> Result<Response<wire::RegistrationUpload>, Status> {
        let request = wire::CreateRegistrationUploadRequest {
            activity_id: activity.activity_id.clone(),
            name: "海报.png".into(),
            size: size as i64,
            content_type: "image/png".into(),
            request_id: String::new(),
        };
        let mut files = self.registration_files();
        files.create_registration_upload(as_(by, request)).await
    }

    /// An upload of which all parts are there.
    async fn sent_upload(&self, by: &Caller, activity: &Activity, content: &[u8]) -> String {
        let upload = ok(self.begin_upload(by, activity, content.len()).await);
        let part = wire::PutRegistrationUploadPartRequest {
            activity_id: activity.activity_id.clone(),
            upload_id: upload.upload_id.clone(),
            number: 1,
            content: Some(HttpBody {
                content_type: String::new(),
                data: content.to_vec().into(),
            }),
        };
        let mut files = self.registration_files();
        ok(files.put_registration_upload_part(as_(by, part)).await);
        upload.upload_id
    }

    async fn complete_upload(&self, by: &Caller, activity: &Activity, upload_id: &str) {
        let complete = wire::CompleteRegistrationUploadRequest {
            activity_id: activity.activity_id.clone(),
            upload_id: upload_id.to_owned(),
            sha256: String::new(),
        };
        let mut files = self.registration_files();
        ok(files.complete_registration_upload(as_(by, complete)).await);
    }

    async fn delete_upload(&self, by: &Caller, activity: &Activity, upload_id: &str) {
        let request = wire::DeleteRegistrationUploadRequest {
            activity_id: activity.activity_id.clone(),
            upload_id: upload_id.to_owned(),
        };
        let mut files = self.registration_files();
        ok(files.delete_registration_upload(as_(by, request)).await);
    }

    /// A complete upload for the activity.
    pub async fn attached(&self, by: &Caller, activity: &Activity, content: &[u8]) -> String {
        let upload_id = self.sent_upload(by, activity, content).await;
        self.complete_upload(by, activity, &upload_id).await;
        upload_id
    }

    async fn file(
        &self,
        by: &Caller,
        registration: &Registration,
        upload_id: &str,
        face: Face,
    ) -> Result<(String, Vec<u8>), Status> {
        let request = wire::GetRegistrationFileRequest {
            registration_id: registration.registration_id.clone(),
            upload_id: upload_id.to_owned(),
            face: face.into(),
        };
        let mut files = self.registration_files();
        joined(files.get_registration_file(as_(by, request)).await?).await
    }

    async fn own_file(
        &self,
        by: &Caller,
        registration: &Registration,
        upload_id: &str,
        face: Face,
    ) -> Result<(String, Vec<u8>), Status> {
        let request = wire::GetMyRegistrationFileRequest {
            registration_id: registration.registration_id.clone(),
            upload_id: upload_id.to_owned(),
            face: face.into(),
        };
        let mut files = self.registration_files();
        joined(files.get_my_registration_file(as_(by, request)).await?).await
    }

    /// Objects that wait for their deletion.
    async fn unreferenced(&self) -> i64 {
        sqlx::query_scalar("select count(*) from files.unreferenced")
            .fetch_one(self.pool())
            .await
            .unwrap()
    }

    pub async fn claimed(&self) -> i64 {
        sqlx::query_scalar("select count(*) from files.uploads where claimed_at is not null")
            .fetch_one(self.pool())
            .await
            .unwrap()
    }
}

async fn joined(
    stream: Response<tonic::Streaming<wire::RegistrationFileContent>>,
) -> Result<(String, Vec<u8>), Status> {
    let parts: Vec<_> = stream.into_inner().try_collect().await?;
    let bytes: Vec<u8> = parts
        .iter()
        .flat_map(|part| part.content.clone().unwrap_or_default().data)
        .collect();
    assert_eq!(parts[0].length, bytes.len() as i64);
    Ok((parts[0].file_name.clone(), bytes))
}

#[tokio::test]
async fn a_file_is_read_by_its_registrant_and_by_the_organiser_alone() {
    let world = World::new().await;
    let activity = world.with_files(10).await;
    let wang = named_person(Some("王芳"));
    // A device has written something behind the picture.
    let picture = [png(64, 10), b"GPS 39.9042 N".to_vec()].concat();
    let upload = world.attached(&wang, &activity, &picture).await;
    let seat = ok(world
        .answered(&wang, &activity, 1, with(&[&upload]), "")
        .await);

    let own = world.own_file(&wang, &seat, &upload, Face::Original).await;
    assert_eq!(own.unwrap(), ("海报.png".to_owned(), picture.clone()));
    let (name, clean) = world
        .file(&world.staff, &seat, &upload, Face::Unspecified)
        .await
        .unwrap();
    assert_eq!(name, "");
    assert_eq!(image::load_from_memory(&clean).unwrap().width(), 64);
    assert!(!clean.windows(3).any(|part| part == b"GPS"));
    let audited: i64 = sqlx::query_scalar(
        "select count(*) from audit.records where action like '%/GetRegistrationFile' and subject = $1",
    )
    .bind(format!("registration:{}", seat.registration_id))
    .fetch_one(world.pool())
    .await
    .unwrap();
    assert_eq!(audited, 1);
    // The answers say what the file is called.
    for seen in [
        ok(world.answers_of(&world.staff, &seat).await),
        ok(world.own_answers(&wang, &seat).await),
    ] {
        assert_eq!(seen.files[0].upload_id, upload);
        assert_eq!(seen.files[0].name, "海报.png");
        assert_eq!(seen.files[0].size, picture.len() as i64);
    }

    // Not by another registrant, not from above, and not by another organiser.
    let above = desk_of(world.pool(), world.headquarters).await;
    assert!(ok(world.answers_of(&above, &seat).await).files.is_empty());
    for stranger in [&above, &world.stranger] {
        let read = world.file(stranger, &seat, &upload, Face::Clean).await;
        assert_eq!(reason(&read.unwrap_err()), "NOT_FOUND");
    }
    let other = person();
    let read = world.own_file(&other, &seat, &upload, Face::Clean).await;
    assert_eq!(reason(&read.unwrap_err()), "NOT_FOUND");
    // Nor through another registration.
    let theirs = ok(world
        .answered(&other, &activity, 1, json!({ "shows": false }), "")
        .await);
    let read = world.own_file(&other, &theirs, &upload, Face::Clean).await;
    assert_eq!(reason(&read.unwrap_err()), "NOT_FOUND");
    let read = world
        .file(&world.staff, &theirs, &upload, Face::Clean)
        .await;
    assert_eq!(reason(&read.unwrap_err()), "NOT_FOUND");
    world.invariants().await;
}

#[tokio::test]
async fn only_ones_own_complete_upload_for_this_activity_takes_a_seat() {
    let world = World::new().await;
    let activity = world.with_files(10).await;
    let elsewhere = world.with_files(10).await;
    let (wang, li) = (person(), person());
    let mine = world.attached(&wang, &activity, &png(32, 1)).await;
    let theirs = world.attached(&li, &activity, &png(32, 2)).await;
    let for_another = world.attached(&wang, &elsewhere, &png(32, 3)).await;
    let unchecked = world.sent_upload(&wang, &activity, &png(32, 4)).await;
    let nowhere = Uuid::now_v7().to_string();
    for foreign in [&theirs, &for_another, &unchecked, &nowhere] {
        let refused = world
            .answered(&wang, &activity, 1, with(&[&mine, foreign]), "")
            .await
            .expect_err("a refusal");
        assert_eq!(reason(&refused), "REGISTRATION_INCOMPLETE");
        assert_eq!(fields(&refused), ["answers.poster[1]"]);
    }
    assert_eq!(world.claimed().await, 0);
    // What waits is kept; completed later, it is taken.
    world.complete_upload(&wang, &activity, &unchecked).await;
    let both = with(&[&mine, &unchecked]);
    let seat = ok(world
        .answered(&wang, &activity, 1, both.clone(), "one")
        .await);
    assert_eq!(world.claimed().await, 2);
    // Sent again it is the same seat, although its files do not wait any more.
    assert_eq!(
        ok(world
            .answered(&wang, &activity, 1, both.clone(), "one")
            .await),
        seat
    );
    let again = world.answered(&wang, &activity, 1, both, "two").await;
    assert_eq!(refused(again), "ALREADY_REGISTERED");
    world.invariants().await;
}

#[tokio::test]
async fn a_file_that_vanishes_while_its_request_is_decided_costs_the_others_nothing() {
    let world = World::new().await;
    let activity = world.with_files(10).await;
    let (wang, li) = (person(), person());
    let gone = world.attached(&wang, &activity, &png(32, 1)).await;
    let kept = world.attached(&li, &activity, &png(32, 2)).await;
    // It is being deleted: its request has been looked at, and waits for the end of that.
    let mut deleting = world.pool().begin().await.unwrap();
    sqlx::query("delete from files.uploads where upload_id = $1")
        .bind(id(&gone))
        .execute(&mut *deleting)
        .await
        .unwrap();
    let (lost, seat, ()) = tokio::join!(
        world.answered(&wang, &activity, 1, with(&[&gone]), ""),
        world.answered(&li, &activity, 1, with(&[&kept]), ""),
        async {
            world.until_waiting_for_locks(1).await;
            deleting.commit().await.unwrap();
        }
    );
    let lost = lost.expect_err("a refusal");
    assert_eq!(reason(&lost), "REGISTRATION_INCOMPLETE");
    assert_eq!(fields(&lost), ["answers"]);
    let seat = ok(seat);
    assert!(world.own_file(&li, &seat, &kept, Face::Clean).await.is_ok());
    assert_eq!(world.holding(&activity).await, 1);
    world.invariants().await;
}

#[tokio::test]
async fn files_go_with_the_answers() {
    let world = World::new().await;
    let activity = world.with_files(10).await;
    let wang = person();
    let poster = world.attached(&wang, &activity, &png(32, 1)).await;
    // A hidden question claims nothing.
    let hidden = json!({ "shows": false, "poster": [poster] });
    let seat = ok(world.answered(&wang, &activity, 1, hidden, "").await);
    assert_eq!(world.claimed().await, 0);
    ok(cancel(&world.registrations(), &wang, &seat, "").await);
    let seat = ok(world
        .answered(&wang, &activity, 1, with(&[&poster]), "")
        .await);
    assert_eq!(world.claimed().await, 1);
    ok(cancel(&world.registrations(), &wang, &seat, "").await);
    assert_eq!(world.claimed().await, 0);
    let read = world.own_file(&wang, &seat, &poster, Face::Clean).await;
    assert_eq!(reason(&read.unwrap_err()), "NOT_FOUND");
    // Given up for good: another registration needs it anew.
    let again = world
        .answered(&wang, &activity, 1, with(&[&poster]), "")
        .await;
    assert_eq!(refused(again), "REGISTRATION_INCOMPLETE");
    // Its content is deleted, once those who read it at the moment have read it.
    assert_eq!(world.unreferenced().await, 2);
    world.clock.set(NOW + Duration::HOUR);
    let store = crate::world::store(&world.files);
    let db = &world.context.db;
    files::uploads::sweep(db, &store, &world.clock)
        .await
        .unwrap();
    assert_eq!(world.unreferenced().await, 0);
    world.invariants().await;
}

#[tokio::test]
async fn files_are_uploaded_for_published_activities_by_people() {
    let world = World::new().await;
    let draft = world.draft(10).await;
    let begun = world.begin_upload(&person(), &draft, 10).await;
    assert_eq!(refused(begun), "NOT_FOUND");
    let activity = world.with_files(10).await;
    let wang = person();
    let upload = world.attached(&wang, &activity, &png(32, 1)).await;
    let get = |by: &Caller| {
        let request = wire::GetRegistrationUploadRequest {
            activity_id: activity.activity_id.clone(),
            upload_id: upload.clone(),
        };
        let (by, mut files) = (by.clone(), world.registration_files());
        async move { files.get_registration_upload(as_(&by, request)).await }
    };
    assert!(ok(get(&wang).await).completed_at.is_some());
    assert_eq!(refused(get(&person()).await), "NOT_FOUND");
    for _ in 0..2 {
        world.delete_upload(&wang, &activity, &upload).await;
    }
    assert_eq!(refused(get(&wang).await), "NOT_FOUND");
    let request = wire::CancelActivityRequest {
        activity_id: activity.activity_id.clone(),
        reason: "天气原因".into(),
        request_id: String::new(),
    };
    ok(world
        .activities()
        .cancel_activity(as_(&world.staff, request))
        .await);
    let late = world.begin_upload(&wang, &activity, 10).await;
    assert_eq!(refused(late), "ACTIVITY_CANCELLED");
}

#[tokio::test]
async fn an_export_names_the_files() {
    let world = World::new().await;
    let activity = world.with_files(10).await;
    let wang = named_person(Some("王芳"));
    let posters = [
        world.attached(&wang, &activity, &png(32, 1)).await,
        world.attached(&wang, &activity, &png(32, 2)).await,
    ];
    let posters = with(&[&posters[0], &posters[1]]);
    ok(world.answered(&wang, &activity, 1, posters, "").await);
    let request = wire::CreateRegistrationExportRequest {
        columns: vec![Column::PersonName.into(), Column::Answers.into()],
        ..world.export_request(&activity)
    };
    let export = world.exported(&world.staff, request).await;
    assert_eq!(
        world.lines(&world.staff, &export).await,
        [["姓名", "海报"], ["王芳", "海报.png、海报.png"]]
    );
}
