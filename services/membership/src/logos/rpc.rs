//! The service `Logos`.

use files::{
    pictures::{State, unavailable, unclaimed},
    uploads::{self, Face},
};
use kit::{
    Call,
    call::Answers,
    errors::{Problem, Result},
    notices::Notice,
    wire::parse_id,
};
use proto_membership::{reasons, v1 as wire};
use proto_notices::templates::LogoProposed;
use proto_options::HttpBody;

use super::{Logo, Logos, PURPOSE, publish, refused, shown::seen, store};
use crate::{
    contract,
    uploads::{self as uploading, owner},
};

/// The permission by which a logo is published.
const MANAGE: &str = "organisations.manage";

/// Former logos are no archive.
const LISTED: i64 = 50;

impl contract::Logos for Logos {
    async fn create_upload(&self, call: Call<wire::CreateUploadRequest>) -> Result<wire::Upload> {
        uploading::create((&self.db, &self.uploads), call).await
    }

    async fn get_upload(&self, call: Call<wire::GetUploadRequest>) -> Result<wire::Upload> {
        uploading::get(&self.uploads, call).await
    }

    async fn put_upload_part(
        &self,
        call: Call<wire::PutUploadPartRequest>,
    ) -> Result<wire::Upload> {
        uploading::put_part(&self.uploads, call).await
    }

    async fn complete_upload(
        &self,
        call: Call<wire::CompleteUploadRequest>,
    ) -> Result<wire::Upload> {
        uploading::complete(&self.uploads, call).await
    }

    async fn delete_upload(
        &self,
        call: Call<wire::DeleteUploadRequest>,
    ) -> Result<wire::DeleteUploadResponse> {
        uploading::delete((&self.db, &self.uploads), call).await
    }

    async fn propose_logo(&self, call: Call<wire::ProposeLogoRequest>) -> Result<wire::Logo> {
        let (proposed_by, organisation_id) = owner(&call, &call.message.organisation_id)?;
        let upload_id = parse_id("upload_id", &call.message.upload_id)?;
        let mut tx = call.begin(&self.db).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        let organisation_name = store::lock(&mut tx, organisation_id)
            .await?
            .ok_or_else(not_found)?;
        uploads::claim(
            &mut tx,
            upload_id,
            proposed_by,
            &PURPOSE,
            organisation_id,
            call.now,
        )
        .await?
        .map_err(unclaimed)?;
        let (now, request) = (call.now, call.message);
        let logo = Logo {
            logo_id: kit::chance::id(now),
            organisation_id,
            upload_id,
            state: State::Proposed,
            alt_zh: request.alt_zh,
            alt_en: request.alt_en,
            proposed_by,
            proposed_at: now,
            decided_at: None,
        };
        store::propose(&mut tx, &logo).await?.map_err(refused)?;
        let waits = LogoProposed {
            organisation_id,
            organisation_name: &organisation_name,
        };
        let waits = Notice::to_holders(MANAGE, organisation_id, waits).except(proposed_by);
        tx.notify(&[waits], now).await?;
        tx.audit(&format!("organisation:{organisation_id}")).await?;
        tx.commit(seen(logo, proposed_by)).await
    }

    async fn list_logos(
        &self,
        call: Call<wire::ListLogosRequest>,
    ) -> Result<wire::ListLogosResponse> {
        let (person_id, organisation_id) = owner(&call, &call.message.organisation_id)?;
        let logos = store::list(&mut *self.db.read().await?, organisation_id, LISTED).await?;
        let logos = logos.into_iter().map(|logo| seen(logo, person_id));
        Ok(wire::ListLogosResponse {
            logos: logos.collect(),
        })
    }

    async fn get_logo_content(
        &self,
        call: Call<wire::GetLogoContentRequest>,
    ) -> Result<Answers<wire::LogoContent>> {
        let (_, organisation_id) = owner(&call, &call.message.organisation_id)?;
        let logo_id = parse_id("logo_id", &call.message.logo_id)?;
        let logo = store::get(&mut *self.db.read().await?, organisation_id, logo_id).await?;
        let logo = logo
            .filter(|logo| logo.state.has_files())
            .ok_or_else(not_found)?;
        let original = wire::get_logo_content_request::Face::Original as i32;
        let face = if call.message.face == original {
            Face::Original
        } else {
            Face::Clean
        };
        let content = self.uploads.content(logo.upload_id, face).await?;
        call.audit_read(&self.db, &format!("organisation:{organisation_id}"))
            .await?;
        Ok(content.messages(|piece| wire::LogoContent {
            content: Some(HttpBody {
                content_type: piece.content_type,
                data: piece.data,
            }),
            file_name: piece.file_name,
            length: piece.length,
            immutable: false,
        }))
    }

    async fn publish_logo(&self, call: Call<wire::PublishLogoRequest>) -> Result<wire::Logo> {
        publish::publish(self, call).await
    }

    async fn withdraw_logo(&self, call: Call<wire::WithdrawLogoRequest>) -> Result<wire::Logo> {
        let (person_id, organisation_id) = owner(&call, &call.message.organisation_id)?;
        let logo_id = parse_id("logo_id", &call.message.logo_id)?;
        let mut tx = call.begin(&self.db).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        let mut logo = publish::locked(&mut tx, organisation_id, logo_id).await?;
        logo.state.withdraw().map_err(refused)?;
        publish::take_away(&mut tx, &logo, State::Withdrawn, call.now).await?;
        if logo.state == State::Published {
            store::show(&mut tx, organisation_id, None, call.now).await?;
        }
        tx.audit(&format!("organisation:{organisation_id}")).await?;
        logo.state = State::Withdrawn;
        logo.decided_at = Some(call.now);
        tx.commit(seen(logo, person_id)).await
    }

    async fn get_picture(&self, call: Call<wire::GetPictureRequest>) -> Result<wire::LogoContent> {
        let found = store::picture(&mut *self.db.read().await?, &call.message.hash).await?;
        let (object, content_type) = found.ok_or_else(not_found)?;
        let data = self.store.get_open(&object).await;
        let data = data.map_err(unavailable)?;
        Ok(wire::LogoContent {
            length: i64::try_from(data.len()).unwrap_or(i64::MAX),
            content: Some(HttpBody { content_type, data }),
            file_name: String::new(),
            immutable: true,
        })
    }
}

fn not_found() -> Problem {
    Problem::of(&reasons::NOT_FOUND)
}
