//! Files that applicants attach to their answers: claimed when a draft names them, given up when it no longer does, read by those whom the
//! answers are shown.

use futures::TryStreamExt as _;
use proto_membership::v1 as wire;
use proto_options::HttpBody;
use serde_json::{Value, json};
use tonic::Code;
use uuid::Uuid;
use wire::get_application_file_request::Face;

use crate::{
    logos::png,
    own_form::sent,
    world::{Actor, World, reason, refusal},
};

/// A diploma for those who have one.
fn definition() -> Value {
    let graduate = json!({ "compare": { "field": "graduate", "is": "eq", "to": true } });
    json!({ "pages": [{ "sections": [{ "fields": [
        { "key": "graduate", "type": "yesNo", "title": { "zh": "是否毕业" }, "exported": true },
        { "key": "diploma", "type": "file", "title": { "zh": "学位证书" }, "required": true, "max": 2, "condition": graduate },
    ] }] }] })
}

impl World {
    /// The society asks for a diploma.
    pub async fn with_files(&self) {
        let draft = self
            .save_form(&self.desk, definition(), "v0")
            .await
            .unwrap();
        self.publish_form(&self.approver, &draft.etag, false)
            .await
            .unwrap();
    }

    /// A complete upload for the society.
    pub async fn attached(&self, by: &Actor, content: &[u8]) -> String {
        self.attach(by, content).await.unwrap().upload_id
    }

    async fn attach(&self, by: &Actor, content: &[u8]) -> Result<wire::Upload, tonic::Status> {
        let create = wire::CreateUploadRequest {
            organisation_id: self.society.to_string(),
            name: "学位证书.png".into(),
            size: content.len() as i64,
            content_type: String::new(),
            request_id: String::new(),
        };
        let mut files = self.application_files();
        let upload = files.create_application_upload(self.by(by, create)).await;
        let upload_id = upload.unwrap().into_inner().upload_id;
        let part = wire::PutUploadPartRequest {
            organisation_id: self.society.to_string(),
            upload_id: upload_id.clone(),
            number: 1,
            content: Some(HttpBody {
                content_type: String::new(),
                data: content.to_vec().into(),
            }),
        };
        files
            .put_application_upload_part(self.by(by, part))
            .await
            .unwrap();
        let complete = wire::CompleteUploadRequest {
            organisation_id: self.society.to_string(),
            upload_id: upload_id.clone(),
            sha256: String::new(),
        };
        let done = files
            .complete_application_upload(self.by(by, complete))
            .await;
        done.map(tonic::Response::into_inner)
    }

    async fn file(
        &self,
        by: &Actor,
        application_id: &str,
        upload_id: &str,
        face: Face,
    ) -> Result<(String, Vec<u8>), tonic::Status> {
        let request = wire::GetApplicationFileRequest {
            application_id: application_id.into(),
            upload_id: upload_id.into(),
            face: face as i32,
        };
        let mut files = self.application_files();
        let stream = files.get_application_file(self.by(by, request)).await?;
        let parts: Vec<_> = stream.into_inner().try_collect().await?;
        let bytes: Vec<u8> = parts
            .iter()
            .flat_map(|part| part.content.clone().unwrap_or_default().data)
            .collect();
        assert_eq!(parts[0].length, bytes.len() as i64);
        Ok((parts[0].file_name.clone(), bytes))
    }

    async fn claimed(&self) -> i64 {
        sqlx::query_scalar("select count(*) from files.uploads where claimed_at is not null")
            .fetch_one(self.pool())
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn a_file_is_read_by_its_applicant_and_by_the_society_alone() {
    let world = World::new().await;
    world.with_files().await;
    let (wang, other) = (world.person("王芳"), world.person("另一人"));
    // A device has written something behind the picture.
    let picture = [png(64, 10), b"GPS 39.9042 N".to_vec()].concat();
    let upload_id = world.attached(&wang, &picture).await;
    let draft = world
        .begin(&wang, json!({ "graduate": true, "diploma": [upload_id] }))
        .await;
    let described = &draft.files[0];
    assert_eq!(described.upload_id, upload_id);
    assert_eq!(described.name, "学位证书.png");
    assert_eq!(described.content_type, "image/png");
    assert_eq!(described.size, picture.len() as i64);
    let id = &draft.application_id;
    let own = world.file(&wang, id, &upload_id, Face::Original).await;
    assert_eq!(own.unwrap(), ("学位证书.png".to_owned(), picture.clone()));
    // A draft is the applicant's own.
    let refused = world
        .file(&world.reviewer, id, &upload_id, Face::Clean)
        .await;
    assert_eq!(refusal(refused).code, Code::NotFound);

    world.submit(&wang, id).await.unwrap();
    let seen = world.application(&world.reviewer, id).await;
    assert_eq!(seen.unwrap().files, draft.files);
    let (name, clean) = world
        .file(&world.reviewer, id, &upload_id, Face::Unspecified)
        .await
        .unwrap();
    assert_eq!(name, "");
    assert_eq!(clean, png(64, 10));
    assert_eq!(world.audited("GetApplicationFile").await, 1);
    // Not by others, not by staff of another society, and not from above.
    let above = world
        .staff("organisation.administrator", world.headquarters)
        .await;
    for stranger in [&other, &world.stranger, &above] {
        let refused = world.file(stranger, id, &upload_id, Face::Clean).await;
        assert_eq!(refusal(refused).code, Code::NotFound);
    }
    assert!(
        world
            .application(&above, id)
            .await
            .unwrap()
            .files
            .is_empty()
    );
    // Nor is a file that exists found through another application.
    let theirs = world.begin(&other, json!({ "graduate": false })).await;
    let refused = world
        .file(&other, &theirs.application_id, &upload_id, Face::Clean)
        .await;
    assert_eq!(refusal(refused).code, Code::NotFound);
    world.check().await;
}

#[tokio::test]
async fn only_ones_own_upload_for_this_society_is_claimed_and_once() {
    let world = World::new().await;
    world.with_files().await;
    let (wang, li) = (world.person("王芳"), world.person("李明"));
    let mine = world.attached(&wang, &png(32, 1)).await;
    let theirs = world.attached(&li, &png(32, 2)).await;
    let draft = world.begin(&wang, json!({ "graduate": true })).await;
    let logo = world
        .staff("organisation.administrator", world.society)
        .await;
    let desk = crate::logos::Desk {
        one: logo,
        other: world.person("x"),
        world,
    };
    let for_a_logo = desk.uploaded(&desk.one, &png(32, 3)).await;
    let world = desk.world;
    for foreign in [theirs.clone(), for_a_logo, Uuid::now_v7().to_string()] {
        let given = json!({ "graduate": true, "diploma": [mine.clone(), foreign] });
        let refused = refusal(world.rewrite(&wang, &draft, Some(given), 0).await);
        assert_eq!(refused.code, Code::InvalidArgument);
        assert_eq!(refused.fields, ["answers.diploma[1]"]);
    }
    // Nothing of a refused draft was kept: the upload still waits.
    let given = json!({ "graduate": true, "diploma": [mine.clone()] });
    let draft = world
        .rewrite(&wang, &draft, Some(given.clone()), 0)
        .await
        .unwrap();
    assert_eq!(draft.files.len(), 1);
    // Saved again it stays; a second application cannot have it.
    let draft = world
        .rewrite(&wang, &draft, Some(given.clone()), 0)
        .await
        .unwrap();
    assert_eq!(draft.files.len(), 1);
    let request = wire::CreateApplicationRequest {
        answers: sent(given),
        ..crate::journey::create_request(world.society)
    };
    let refused = world
        .applications()
        .create_application(world.by(&li, request))
        .await;
    assert_eq!(refusal(refused.map(drop)).fields, ["answers.diploma[0]"]);
    world.check().await;
}

#[tokio::test]
async fn what_answers_no_longer_name_is_given_up() {
    let world = World::new().await;
    world.with_files().await;
    let wang = world.person("王芳");
    let (one, two) = (
        world.attached(&wang, &png(32, 1)).await,
        world.attached(&wang, &png(32, 2)).await,
    );
    let draft = world
        .begin(
            &wang,
            json!({ "graduate": true, "diploma": [one.clone(), two.clone()] }),
        )
        .await;
    assert_eq!(world.claimed().await, 2);
    let given = json!({ "graduate": true, "diploma": [two.clone()] });
    let draft = world.rewrite(&wang, &draft, Some(given), 0).await.unwrap();
    assert_eq!(world.claimed().await, 1);
    let id = draft.application_id.clone();
    let gone = world.file(&wang, &id, &one, Face::Clean).await;
    assert_eq!(refusal(gone).code, Code::NotFound);
    // The question is hidden when the answers are submitted: its answer goes, and the file with it.
    let given = json!({ "graduate": false, "diploma": [two.clone()] });
    world.rewrite(&wang, &draft, Some(given), 0).await.unwrap();
    let submitted = world.submit(&wang, &id).await.unwrap();
    assert!(submitted.files.is_empty());
    assert_eq!(world.claimed().await, 0);
    world.check().await;
}

#[tokio::test]
async fn what_is_missing_is_told_when_it_is_submitted() {
    let world = World::new().await;
    world.with_files().await;
    let wang = world.person("王芳");
    let draft = world
        .begin(&wang, json!({ "graduate": true, "diploma": ["证书.png"] }))
        .await;
    let refused = refusal(world.submit(&wang, &draft.application_id).await);
    assert_eq!(refused.reason, "APPLICATION_INCOMPLETE");
    assert_eq!(refused.fields, ["answers.diploma[0]"]);
    let many: Vec<String> = (0..11).map(|_| Uuid::now_v7().to_string()).collect();
    let given = json!({ "graduate": true, "diploma": many });
    let refused = refusal(world.rewrite(&wang, &draft, Some(given), 0).await);
    assert_eq!(refused.fields, ["answers"]);
    // An upload for a society that is not there.
    let create = wire::CreateUploadRequest {
        organisation_id: Uuid::now_v7().to_string(),
        name: "a.png".into(),
        size: 10,
        ..Default::default()
    };
    let refused = world
        .application_files()
        .create_application_upload(world.by(&wang, create))
        .await;
    assert_eq!(reason(refused.map(drop)), "NOT_FOUND");
}

#[tokio::test]
async fn of_two_who_save_the_same_upload_at_once_one_has_it() {
    let world = World::new().await;
    world.with_files().await;
    let wang = world.person("王芳");
    let upload_id = world.attached(&wang, &png(32, 1)).await;
    let draft = world.begin(&wang, json!({ "graduate": true })).await;
    let given = json!({ "graduate": true, "diploma": [upload_id] });
    let (one, other) = tokio::join!(
        world.rewrite(&wang, &draft, Some(given.clone()), 0),
        world.rewrite(&wang, &draft, Some(given), 0),
    );
    // The second one finds another version of the draft.
    assert!(one.is_ok() != other.is_ok());
    assert_eq!(world.claimed().await, 1);
    world.check().await;
}

/// One page that says nothing, by an author.
const PDF: &str = "%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 100 100]>>endobj
3 0 obj<</Type/Page/Parent 2 0 R>>endobj
4 0 obj<</Author(Wang Fang)>>endobj
trailer<</Root 1 0 R/Info 4 0 R/Size 5>>
%%EOF";

#[tokio::test]
async fn a_document_is_read_without_what_was_written_beside_it() {
    let world = World::new().await;
    world.with_files().await;
    let wang = world.person("王芳");
    let upload = world.attach(&wang, PDF.as_bytes()).await.unwrap();
    assert_eq!(upload.content_type, "application/pdf");
    let id = upload.upload_id;
    let draft = world
        .begin(&wang, json!({ "graduate": true, "diploma": [id.clone()] }))
        .await;
    world.submit(&wang, &draft.application_id).await.unwrap();
    let read = async |face| {
        let read = world.file(&world.reviewer, &draft.application_id, &id, face);
        String::from_utf8_lossy(&read.await.unwrap().1).into_owned()
    };
    assert_eq!(read(Face::Original).await, PDF);
    let clean = read(Face::Clean).await;
    assert!(clean.starts_with("%PDF-") && clean.contains("/Page"));
    assert!(!clean.contains("Wang Fang"));
    let damaged = world.attach(&wang, b"%PDF-1.4 nothing").await;
    assert_eq!(reason(damaged), "FILE_UNREADABLE");
    world.check().await;
}
