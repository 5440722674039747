//! Cover pictures: uploaded by one person, published by another, seen by everybody. How uploads are refused is tested where uploads are.

use futures::TryStreamExt as _;
use kit::access::Caller;
use proto_events::v1::{self as wire, Activity, Cover, cover::State};
use proto_options::HttpBody;
use tonic::{Response, Status};

use crate::world::{World, anonymous, as_, desk_of, ok, person, refused};

/// A blue picture.
pub fn png(width: u32, shade: u8) -> Vec<u8> {
    let picture = image::RgbImage::from_fn(width, width / 2, |_, _| image::Rgb([shade, 60, 200]));
    let mut content = std::io::Cursor::new(Vec::new());
    picture
        .write_to(&mut content, image::ImageFormat::Png)
        .unwrap();
    content.into_inner()
}

impl World {
    async fn begin_cover(
        &self,
        by: &Caller,
        activity: &Activity,
        size: usize,
    ) -> Result<Response<wire::CoverUpload>, Status> {
        let request = wire::CreateCoverUploadRequest {
            activity_id: activity.activity_id.clone(),
            name: "现场.png".into(),
            size: size as i64,
            content_type: "image/png".into(),
            request_id: String::new(),
        };
        self.covers().create_cover_upload(as_(by, request)).await
    }

    pub async fn uploaded(&self, by: &Caller, activity: &Activity, content: &[u8]) -> String {
        let upload = ok(self.begin_cover(by, activity, content.len()).await);
        let request = wire::PutCoverUploadPartRequest {
            activity_id: activity.activity_id.clone(),
            upload_id: upload.upload_id.clone(),
            number: 1,
            content: Some(HttpBody {
                content_type: "application/octet-stream".into(),
                data: content.to_vec().into(),
            }),
        };
        ok(self.covers().put_cover_upload_part(as_(by, request)).await);
        let request = wire::CompleteCoverUploadRequest {
            activity_id: activity.activity_id.clone(),
            upload_id: upload.upload_id.clone(),
            sha256: String::new(),
        };
        ok(self.covers().complete_cover_upload(as_(by, request)).await);
        upload.upload_id
    }

    pub async fn propose_cover(
        &self,
        by: &Caller,
        activity: &Activity,
        upload_id: &str,
        request_id: &str,
    ) -> Result<Response<Cover>, Status> {
        let request = wire::ProposeCoverRequest {
            activity_id: activity.activity_id.clone(),
            upload_id: upload_id.into(),
            alt_zh: "报告厅里的听众".into(),
            alt_en: String::new(),
            request_id: request_id.into(),
        };
        self.covers().propose_cover(as_(by, request)).await
    }

    pub async fn publish_cover(
        &self,
        by: &Caller,
        cover: &Cover,
    ) -> Result<Response<Cover>, Status> {
        let request = wire::PublishCoverRequest {
            activity_id: cover.activity_id.clone(),
            cover_id: cover.cover_id.clone(),
            request_id: cover.cover_id.clone(),
        };
        self.covers().publish_cover(as_(by, request)).await
    }

    pub async fn withdraw_cover(
        &self,
        by: &Caller,
        cover: &Cover,
    ) -> Result<Response<Cover>, Status> {
        let request = wire::WithdrawCoverRequest {
            activity_id: cover.activity_id.clone(),
            cover_id: cover.cover_id.clone(),
            request_id: String::new(),
        };
        self.covers().withdraw_cover(as_(by, request)).await
    }

    async fn picture(&self, hash: &str) -> Result<Response<wire::CoverContent>, Status> {
        let request = wire::GetActivityPictureRequest { hash: hash.into() };
        self.covers()
            .get_activity_picture(as_(&anonymous(), request))
            .await
    }
}

#[tokio::test]
async fn one_person_proposes_another_publishes_and_everybody_sees_it() {
    let world = World::new().await;
    let activity = world.published(10).await;
    let other = desk_of(world.pool(), world.society).await;
    let original = png(1_000, 10);
    let upload = world.uploaded(&world.staff, &activity, &original).await;
    let cover = ok(world
        .propose_cover(&world.staff, &activity, &upload, "once")
        .await);
    assert_eq!(cover.state(), State::Proposed);
    assert!(cover.proposed_by_caller);
    // Sent twice.
    assert_eq!(
        ok(world
            .propose_cover(&world.staff, &activity, &upload, "once")
            .await),
        cover
    );

    use wire::get_cover_content_request::Face;
    for (face, name) in [(Face::Original, "现场.png"), (Face::Clean, "")] {
        let request = wire::GetCoverContentRequest {
            activity_id: activity.activity_id.clone(),
            cover_id: cover.cover_id.clone(),
            face: face.into(),
        };
        let parts = ok(world.covers().get_cover_content(as_(&other, request)).await);
        let parts: Vec<wire::CoverContent> = parts.try_collect().await.unwrap();
        assert_eq!(parts[0].file_name, name);
        let bytes: Vec<u8> = parts
            .iter()
            .flat_map(|part| part.content.clone().unwrap_or_default().data)
            .collect();
        assert!(image::load_from_memory(&bytes).is_ok());
        assert_eq!(bytes == original, face == Face::Original);
    }

    let own = world.publish_cover(&world.staff, &cover).await;
    assert_eq!(refused(own), "COVER_FOUR_EYES");
    assert!(world.activity(&activity).await.cover.is_none());
    let published = ok(world.publish_cover(&other, &cover).await);
    assert_eq!(published.state(), State::Published);
    assert_eq!(ok(world.publish_cover(&other, &cover).await), published);

    let shown = world.activity(&activity).await.cover.unwrap();
    assert_eq!(shown.alt_zh, "报告厅里的听众");
    let sizes: Vec<_> = shown.pictures.iter().map(|p| (p.width, p.height)).collect();
    assert_eq!(sizes, [(480, 240), (960, 480), (1000, 500)]);
    for picture in &shown.pictures {
        let found = ok(world.picture(&picture.hash).await);
        assert!(found.immutable);
        let content = found.content.unwrap();
        assert_eq!(content.content_type, "image/jpeg");
        let decoded = image::load_from_memory(&content.data).unwrap();
        assert_eq!(decoded.width(), picture.width as u32);
    }
    // Lists show it, too.
    let list = wire::ListActivitiesRequest::default();
    let list = ok(world
        .activities()
        .list_activities(as_(&anonymous(), list))
        .await);
    assert_eq!(list.activities[0].cover, Some(shown.clone()));

    let withdrawn = ok(world.withdraw_cover(&world.staff, &cover).await);
    assert_eq!(withdrawn.state(), State::Withdrawn);
    assert!(world.activity(&activity).await.cover.is_none());
    assert_eq!(
        refused(world.picture(&shown.pictures[0].hash).await),
        "NOT_FOUND"
    );
    world.invariants().await;
}

#[tokio::test]
async fn an_activity_has_one_proposal_and_two_who_publish_publish_once() {
    let world = World::new().await;
    let activity = world.draft(10).await;
    let other = desk_of(world.pool(), world.society).await;
    let third = desk_of(world.pool(), world.society).await;
    let upload = world.uploaded(&world.staff, &activity, &png(40, 1)).await;
    let cover = ok(world
        .propose_cover(&world.staff, &activity, &upload, "")
        .await);
    let upload = world.uploaded(&other, &activity, &png(40, 2)).await;
    let second = world.propose_cover(&other, &activity, &upload, "").await;
    assert_eq!(refused(second), "COVER_PROPOSED");
    let (a, b) = tokio::join!(
        world.publish_cover(&other, &cover),
        world.publish_cover(&third, &cover)
    );
    assert!(a.is_ok() != b.is_ok());
    assert_eq!(refused(if a.is_err() { a } else { b }), "COVER_STATE");
    // The refused proposal did not use up the upload.
    let next = ok(world.propose_cover(&other, &activity, &upload, "").await);
    ok(world.publish_cover(&third, &next).await);
    let request = wire::ListCoversRequest {
        activity_id: activity.activity_id.clone(),
    };
    let all = ok(world.covers().list_covers(as_(&third, request)).await).covers;
    let states: Vec<_> = all.iter().map(Cover::state).collect();
    assert_eq!(states, [State::Published, State::Replaced]);
}

#[tokio::test]
async fn strangers_have_no_right_and_a_cancelled_activity_gets_no_cover() {
    let world = World::new().await;
    let activity = world.published(10).await;
    let upload = world.uploaded(&world.staff, &activity, &png(40, 1)).await;
    for who in [&world.stranger, &person()] {
        let begun = world.begin_cover(who, &activity, 10).await;
        assert_eq!(refused(begun), "PERMISSION_DENIED");
    }
    let draft = world.draft(10).await;
    let hidden = world.begin_cover(&world.stranger, &draft, 10).await;
    assert_eq!(refused(hidden), "NOT_FOUND");
    // Of a colleague, who has not uploaded it; and for another activity.
    let other = desk_of(world.pool(), world.society).await;
    let claimed = world.propose_cover(&other, &activity, &upload, "").await;
    assert_eq!(crate::world::field(claimed), "upload_id");
    let claimed = world.propose_cover(&world.staff, &draft, &upload, "").await;
    assert_eq!(crate::world::field(claimed), "upload_id");
    let request = wire::CancelActivityRequest {
        activity_id: activity.activity_id.clone(),
        reason: "天气原因".into(),
        request_id: String::new(),
    };
    ok(world
        .activities()
        .cancel_activity(as_(&world.staff, request))
        .await);
    let late = world
        .propose_cover(&world.staff, &activity, &upload, "")
        .await;
    assert_eq!(refused(late), "ACTIVITY_CANCELLED");
}
