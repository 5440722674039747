//! Logos: uploaded by one person, published by another, seen by everybody.

use futures::TryStreamExt as _;
use proto_membership::v1 as wire;
use proto_options::HttpBody;
use tonic::Code;
use uuid::Uuid;
use wire::logo::State;

use crate::world::{Actor, World, reason, refusal};

/// Two who manage the society.
pub struct Desk {
    pub world: World,
    pub one: Actor,
    pub other: Actor,
}

impl Desk {
    pub async fn new() -> Self {
        let world = World::new().await;
        let one = world
            .staff("organisation.administrator", world.society)
            .await;
        let other = world
            .staff("organisation.administrator", world.society)
            .await;
        Self { world, one, other }
    }

    fn society(&self) -> String {
        self.world.society.to_string()
    }

    pub async fn create(
        &self,
        by: &Actor,
        name: &str,
        size: usize,
    ) -> Result<wire::Upload, tonic::Status> {
        let message = wire::CreateUploadRequest {
            organisation_id: self.society(),
            name: name.into(),
            size: size as i64,
            content_type: "image/png".into(),
            request_id: String::new(),
        };
        let request = self.world.by(by, message);
        let done = self.world.logos().create_upload(request).await;
        done.map(tonic::Response::into_inner)
    }

    pub async fn put(
        &self,
        by: &Actor,
        upload_id: &str,
        content: &[u8],
    ) -> Result<wire::Upload, tonic::Status> {
        let message = wire::PutUploadPartRequest {
            organisation_id: self.society(),
            upload_id: upload_id.into(),
            number: 1,
            content: Some(HttpBody {
                content_type: "application/octet-stream".into(),
                data: content.to_vec().into(),
            }),
        };
        let request = self.world.by(by, message);
        let done = self.world.logos().put_upload_part(request).await;
        done.map(tonic::Response::into_inner)
    }

    pub async fn complete(
        &self,
        by: &Actor,
        upload_id: &str,
    ) -> Result<wire::Upload, tonic::Status> {
        let message = wire::CompleteUploadRequest {
            organisation_id: self.society(),
            upload_id: upload_id.into(),
            sha256: String::new(),
        };
        let request = self.world.by(by, message);
        let done = self.world.logos().complete_upload(request).await;
        done.map(tonic::Response::into_inner)
    }

    pub async fn uploaded(&self, by: &Actor, content: &[u8]) -> String {
        let id = self
            .create(by, "标志.png", content.len())
            .await
            .unwrap()
            .upload_id;
        self.put(by, &id, content).await.unwrap();
        let upload = self.complete(by, &id).await.unwrap();
        assert_eq!(upload.content_type, "image/png");
        id
    }

    pub async fn propose(&self, by: &Actor, upload_id: &str) -> Result<wire::Logo, tonic::Status> {
        let message = wire::ProposeLogoRequest {
            organisation_id: self.society(),
            upload_id: upload_id.into(),
            alt_zh: "蓝色圆形会徽".into(),
            alt_en: String::new(),
            request_id: "propose".into(),
        };
        let request = self.world.by(by, message);
        let done = self.world.logos().propose_logo(request).await;
        done.map(tonic::Response::into_inner)
    }

    pub async fn publish(&self, by: &Actor, logo_id: &str) -> Result<wire::Logo, tonic::Status> {
        let message = wire::PublishLogoRequest {
            organisation_id: self.society(),
            logo_id: logo_id.into(),
            request_id: "publish".into(),
        };
        let request = self.world.by(by, message);
        let done = self.world.logos().publish_logo(request).await;
        done.map(tonic::Response::into_inner)
    }

    pub async fn withdraw(&self, by: &Actor, logo_id: &str) -> Result<wire::Logo, tonic::Status> {
        let message = wire::WithdrawLogoRequest {
            organisation_id: self.society(),
            logo_id: logo_id.into(),
            request_id: String::new(),
        };
        let request = self.world.by(by, message);
        let done = self.world.logos().withdraw_logo(request).await;
        done.map(tonic::Response::into_inner)
    }

    /// As every visitor sees it.
    async fn organisation(&self) -> wire::Organisation {
        let message = wire::GetOrganisationRequest {
            organisation_id: self.society(),
        };
        let found = self.world.organisations().get_organisation(message).await;
        found.unwrap().into_inner()
    }

    async fn picture(&self, hash: &str) -> Result<wire::LogoContent, tonic::Status> {
        let message = wire::GetPictureRequest { hash: hash.into() };
        let found = self.world.logos().get_picture(message).await;
        found.map(tonic::Response::into_inner)
    }

    async fn content(
        &self,
        by: &Actor,
        logo_id: &str,
        face: wire::get_logo_content_request::Face,
    ) -> Result<(String, Vec<u8>), tonic::Status> {
        let message = wire::GetLogoContentRequest {
            organisation_id: self.society(),
            logo_id: logo_id.into(),
            face: face as i32,
        };
        let request = self.world.by(by, message);
        let stream = self.world.logos().get_logo_content(request).await?;
        let parts: Vec<_> = stream.into_inner().try_collect().await?;
        let bytes: Vec<u8> = parts
            .iter()
            .flat_map(|part| part.content.clone().unwrap_or_default().data)
            .collect();
        assert_eq!(parts[0].length, bytes.len() as i64);
        Ok((parts[0].file_name.clone(), bytes))
    }
}

/// A blue square with a clear border.
pub fn png(side: u32, shade: u8) -> Vec<u8> {
    let picture = image::RgbaImage::from_fn(side, side, |x, _| {
        image::Rgba([shade, 60, 200, if x < 4 { 0 } else { 255 }])
    });
    let mut content = std::io::Cursor::new(Vec::new());
    picture
        .write_to(&mut content, image::ImageFormat::Png)
        .unwrap();
    content.into_inner()
}

#[tokio::test]
async fn one_person_proposes_another_publishes_and_everybody_sees_it() {
    let desk = Desk::new().await;
    let original = png(300, 10);
    let upload = desk.uploaded(&desk.one, &original).await;
    assert!(desk.organisation().await.logo.is_none());
    let logo = desk.propose(&desk.one, &upload).await.unwrap();
    assert_eq!(logo.state(), State::Proposed);
    assert!(logo.proposed_by_caller);
    // Sent twice.
    assert_eq!(desk.propose(&desk.one, &upload).await.unwrap(), logo);

    use wire::get_logo_content_request::Face;
    let (name, bytes) = desk
        .content(&desk.other, &logo.logo_id, Face::Original)
        .await
        .unwrap();
    assert_eq!((name.as_str(), bytes), ("标志.png", original));
    let (name, bytes) = desk
        .content(&desk.other, &logo.logo_id, Face::Clean)
        .await
        .unwrap();
    assert_eq!(name, "");
    assert!(image::load_from_memory(&bytes).is_ok());
    assert_eq!(desk.world.audited("GetLogoContent").await, 2);

    let own = desk.publish(&desk.one, &logo.logo_id).await;
    assert_eq!(reason(own), "LOGO_FOUR_EYES");
    assert!(desk.organisation().await.logo.is_none());
    let before = desk.organisation().await.etag;
    let published = desk.publish(&desk.other, &logo.logo_id).await.unwrap();
    assert_eq!(published.state(), State::Published);
    assert_eq!(
        desk.publish(&desk.other, &logo.logo_id).await.unwrap(),
        published
    );

    let organisation = desk.organisation().await;
    assert_ne!(organisation.etag, before);
    let shown = organisation.logo.unwrap();
    assert_eq!(shown.alt_zh, "蓝色圆形会徽");
    let sizes: Vec<_> = shown.pictures.iter().map(|p| (p.width, p.height)).collect();
    assert_eq!(sizes, [(96, 96), (256, 256), (300, 300)]);
    for picture in &shown.pictures {
        let found = desk.picture(&picture.hash).await.unwrap();
        assert!(found.immutable);
        let content = found.content.unwrap();
        // Some of it is transparent.
        assert_eq!(content.content_type, "image/png");
        let decoded = image::load_from_memory(&content.data).unwrap();
        assert_eq!(decoded.width(), picture.width as u32);
    }
    // Lists show it, too.
    let message = wire::ListOrganisationsRequest {
        query: "B-20".into(),
        ..Default::default()
    };
    let list = desk.world.organisations().list_organisations(message).await;
    assert_eq!(
        list.unwrap().into_inner().organisations[0].logo,
        Some(shown)
    );
    desk.world.check().await;
}

#[tokio::test]
async fn another_logo_replaces_the_first_and_withdrawing_takes_it_away() {
    let desk = Desk::new().await;
    let mut pictures = Vec::new();
    for shade in [10, 200] {
        let upload = desk.uploaded(&desk.one, &png(100, shade)).await;
        let message = wire::ProposeLogoRequest {
            organisation_id: desk.society(),
            upload_id: upload,
            alt_zh: "会徽".into(),
            ..Default::default()
        };
        let request = desk.world.by(&desk.one, message);
        let logo = desk
            .world
            .logos()
            .propose_logo(request)
            .await
            .unwrap()
            .into_inner();
        let message = wire::PublishLogoRequest {
            organisation_id: desk.society(),
            logo_id: logo.logo_id.clone(),
            request_id: String::new(),
        };
        let request = desk.world.by(&desk.other, message);
        desk.world.logos().publish_logo(request).await.unwrap();
        let shown = desk.organisation().await.logo.unwrap();
        pictures.push((logo.logo_id, shown.pictures[0].hash.clone()));
    }
    assert_eq!(
        desk.picture(&pictures[0].1).await.unwrap_err().code(),
        Code::NotFound
    );
    assert!(desk.picture(&pictures[1].1).await.is_ok());
    let gone = desk.withdraw(&desk.one, &pictures[0].0).await;
    assert_eq!(reason(gone), "LOGO_STATE");
    let withdrawn = desk.withdraw(&desk.one, &pictures[1].0).await.unwrap();
    assert_eq!(withdrawn.state(), State::Withdrawn);
    assert!(desk.organisation().await.logo.is_none());
    assert_eq!(
        desk.picture(&pictures[1].1).await.unwrap_err().code(),
        Code::NotFound
    );
    let list = wire::ListLogosRequest {
        organisation_id: desk.society(),
    };
    let request = desk.world.by(&desk.other, list);
    let all = desk
        .world
        .logos()
        .list_logos(request)
        .await
        .unwrap()
        .into_inner()
        .logos;
    let states: Vec<_> = all.iter().map(wire::Logo::state).collect();
    assert_eq!(states, [State::Withdrawn, State::Replaced]);
    desk.world.check().await;
}

#[tokio::test]
async fn an_organisation_has_one_proposal_and_two_who_publish_publish_once() {
    let desk = Desk::new().await;
    let upload = desk.uploaded(&desk.one, &png(40, 1)).await;
    let logo = desk.propose(&desk.one, &upload).await.unwrap();
    let upload = desk.uploaded(&desk.other, &png(40, 2)).await;
    let second = desk.propose(&desk.other, &upload).await;
    assert_eq!(reason(second), "LOGO_PROPOSED");
    let third = desk
        .world
        .staff("organisation.administrator", desk.world.society)
        .await;
    let (a, b) = tokio::join!(
        desk.publish(&desk.other, &logo.logo_id),
        desk.publish(&third, &logo.logo_id)
    );
    assert!(a.is_ok() != b.is_ok());
    assert_eq!(reason(if a.is_err() { a } else { b }), "LOGO_STATE");
    // The refused proposal did not use up the upload.
    assert!(desk.propose(&desk.other, &upload).await.is_ok());
    desk.world.check().await;
}

#[tokio::test]
async fn others_have_no_such_upload_and_no_right() {
    let desk = Desk::new().await;
    let content = png(40, 1);
    let upload = desk.uploaded(&desk.one, &content).await;
    // A colleague with the same right.
    assert_eq!(
        reason(desk.put(&desk.other, &upload, &content).await),
        "NOT_FOUND"
    );
    assert_eq!(
        reason(desk.complete(&desk.other, &upload).await),
        "NOT_FOUND"
    );
    let claimed = refusal(desk.propose(&desk.other, &upload).await);
    assert_eq!(claimed.reason, "INVALID_ARGUMENT");
    assert_eq!(claimed.fields, ["upload_id"]);
    // Staff of another organisation, and people.
    for other in [&desk.world.stranger, &desk.world.person("王芳")] {
        let refused = desk.create(other, "a.png", 10).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied);
        let refused = desk.propose(other, &upload).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied);
    }
    // Of another organisation's logos nothing is said either.
    let logo = desk.propose(&desk.one, &upload).await.unwrap();
    let message = wire::GetLogoContentRequest {
        organisation_id: desk.world.other_society.to_string(),
        logo_id: logo.logo_id,
        face: 0,
    };
    let request = desk.world.by(&desk.world.stranger, message);
    let hidden = desk.world.logos().get_logo_content(request).await;
    assert_eq!(hidden.err().unwrap().code(), Code::NotFound);
}

#[tokio::test]
async fn bad_files_are_refused_with_the_field_and_what_to_do() {
    let desk = Desk::new().await;
    for name in ["../a.png", &"字".repeat(300)] {
        let refused = refusal(desk.create(&desk.one, name, 10).await);
        assert_eq!(refused.fields, ["name"]);
    }
    for size in [0, (5 << 20) + 1] {
        let refused = refusal(desk.create(&desk.one, "a.png", size).await);
        assert_eq!(refused.fields, ["size"]);
    }
    let upload = desk.create(&desk.one, "a.png", 10).await.unwrap();
    for content in [&b""[..], b"eleven byte"] {
        let refused = refusal(desk.put(&desk.one, &upload.upload_id, content).await);
        assert_eq!(refused.fields, ["content"]);
    }
    desk.put(&desk.one, &upload.upload_id, &b"PK\x03\x04 bomb!!"[..10])
        .await
        .unwrap();
    let refused = refusal(desk.complete(&desk.one, &upload.upload_id).await);
    assert_eq!(refused.reason, "FILE_TYPE_NOT_ALLOWED");
    assert_eq!(
        refused.metadata["types"],
        "image/png, image/jpeg, image/webp"
    );
    let missing = desk.complete(&desk.one, &Uuid::now_v7().to_string()).await;
    assert_eq!(reason(missing), "NOT_FOUND");
}
