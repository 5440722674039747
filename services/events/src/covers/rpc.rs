//! The methods of `cast.events.v1.Covers`.

use files::{
    pictures::{State, sha256, unavailable, unclaimed},
    uploads::{self, Face, NewUpload, methods},
};
use kit::{Call, call::Answers, errors::Result, notices::Notice, wire::parse_id};
use proto_events::v1 as wire;
use proto_notices::templates::CoverProposed;
use proto_options::HttpBody;
use uuid::Uuid;

use super::{
    Cover, Covers, PURPOSE,
    publish::{self, changeable, not_found, take_away},
    refused,
    shown::{seen, shown},
    store,
};
use crate::{
    activities::{self, rpc::require_for_activity},
    content_routes, contract,
};

/// The permission by which a cover is published.
const MANAGE: &str = "activities.manage";

/// Former covers are no archive.
const LISTED: i64 = 50;

impl contract::Covers for Covers {
    async fn create_cover_upload(
        &self,
        call: Call<wire::CreateCoverUploadRequest>,
    ) -> Result<wire::CoverUpload> {
        let of = owner(&call, &call.message.activity_id)?;
        let mut tx = call.begin(&self.db).await?;
        require_for_activity(&call, &mut tx, of.1).await?;
        let request = &call.message;
        let new = NewUpload {
            name: &request.name,
            size: request.size,
            declared_type: &request.content_type,
        };
        methods::create(&self.uploads, tx, of, &new, call.now, shown).await
    }

    async fn get_cover_upload(
        &self,
        call: Call<wire::GetCoverUploadRequest>,
    ) -> Result<wire::CoverUpload> {
        let of = self.allowed(&call, &call.message.activity_id).await?;
        let upload_id = parse_id("upload_id", &call.message.upload_id)?;
        let upload = self.uploads.get(of, upload_id, call.now).await?;
        Ok(shown(upload.into()))
    }

    async fn put_cover_upload_part(
        &self,
        call: Call<wire::PutCoverUploadPartRequest>,
    ) -> Result<wire::CoverUpload> {
        let of = self.allowed(&call, &call.message.activity_id).await?;
        let upload_id = parse_id("upload_id", &call.message.upload_id)?;
        let (call, request) = call.split();
        let content = request.content.unwrap_or_default().data;
        let part = (upload_id, request.number);
        let upload = self.uploads.put_part(of, part, content, call.now).await?;
        Ok(shown(upload.into()))
    }

    async fn complete_cover_upload(
        &self,
        call: Call<wire::CompleteCoverUploadRequest>,
    ) -> Result<wire::CoverUpload> {
        let of = self.allowed(&call, &call.message.activity_id).await?;
        let upload_id = parse_id("upload_id", &call.message.upload_id)?;
        let hash = sha256(&call.message.sha256);
        let upload = self.uploads.complete(of, upload_id, hash, call.now).await?;
        Ok(shown(upload.into()))
    }

    async fn delete_cover_upload(
        &self,
        call: Call<wire::DeleteCoverUploadRequest>,
    ) -> Result<wire::DeleteCoverUploadResponse> {
        let of = owner(&call, &call.message.activity_id)?;
        let upload_id = parse_id("upload_id", &call.message.upload_id)?;
        let mut tx = call.begin(&self.db).await?;
        require_for_activity(&call, &mut tx, of.1).await?;
        methods::delete(&self.uploads, tx, of, upload_id, call.now).await
    }

    async fn propose_cover(&self, call: Call<wire::ProposeCoverRequest>) -> Result<wire::Cover> {
        let (proposed_by, activity_id) = owner(&call, &call.message.activity_id)?;
        let upload_id = parse_id("upload_id", &call.message.upload_id)?;
        let mut tx = call.begin(&self.db).await?;
        require_for_activity(&call, &mut tx, activity_id).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        let activity = changeable(&mut tx, activity_id).await?;
        let (now, request) = (call.now, call.message);
        uploads::claim(&mut tx, upload_id, proposed_by, &PURPOSE, activity_id, now)
            .await?
            .map_err(unclaimed)?;
        let cover = Cover {
            cover_id: kit::chance::id(now),
            activity_id,
            upload_id,
            state: State::Proposed,
            alt_zh: request.alt_zh,
            alt_en: request.alt_en,
            proposed_by,
            proposed_at: now,
            decided_at: None,
        };
        store::propose(&mut tx, &cover).await?.map_err(refused)?;
        activities::store::worked_on(&mut tx, &activity, proposed_by).await?;
        let waits = CoverProposed {
            organisation_id: activity.organisation_id,
            activity_title: &activity.content.title,
        };
        let waits = Notice::to_holders(MANAGE, activity.organisation_id, waits).except(proposed_by);
        tx.notify(&[waits], now).await?;
        tx.audit(&subject(activity_id)).await?;
        tx.commit(seen(cover, proposed_by)).await
    }

    async fn list_covers(
        &self,
        call: Call<wire::ListCoversRequest>,
    ) -> Result<wire::ListCoversResponse> {
        let (person_id, activity_id) = self.allowed(&call, &call.message.activity_id).await?;
        let covers = store::list(&mut *self.db.read().await?, activity_id, LISTED).await?;
        let covers = covers.into_iter().map(|cover| seen(cover, person_id));
        Ok(wire::ListCoversResponse {
            covers: covers.collect(),
        })
    }

    async fn get_cover_content(
        &self,
        call: Call<wire::GetCoverContentRequest>,
    ) -> Result<Answers<wire::CoverContent>> {
        let (_, activity_id) = self.allowed(&call, &call.message.activity_id).await?;
        let cover_id = parse_id("cover_id", &call.message.cover_id)?;
        let cover = store::get(&mut *self.db.read().await?, activity_id, cover_id).await?;
        let cover = cover
            .filter(|cover| cover.state.has_files())
            .ok_or_else(not_found)?;
        let original = wire::get_cover_content_request::Face::Original as i32;
        let face = if call.message.face == original {
            Face::Original
        } else {
            Face::Clean
        };
        let content = self.uploads.content(cover.upload_id, face).await?;
        call.audit_read(&self.db, &subject(activity_id)).await?;
        Ok(content.messages(|piece| wire::CoverContent {
            content: Some(HttpBody {
                content_type: piece.content_type,
                data: piece.data,
            }),
            file_name: piece.file_name,
            length: piece.length,
            immutable: false,
        }))
    }

    async fn publish_cover(&self, call: Call<wire::PublishCoverRequest>) -> Result<wire::Cover> {
        publish::publish(self, call).await
    }

    async fn withdraw_cover(&self, call: Call<wire::WithdrawCoverRequest>) -> Result<wire::Cover> {
        let (person_id, activity_id) = owner(&call, &call.message.activity_id)?;
        let cover_id = parse_id("cover_id", &call.message.cover_id)?;
        let mut tx = call.begin(&self.db).await?;
        require_for_activity(&call, &mut tx, activity_id).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        // Also of a cancelled activity: a picture can always be taken away.
        let activity = activities::store::lock_content(&mut tx, activity_id).await?;
        let activity = activity.ok_or_else(not_found)?;
        let cover = store::get(&mut tx, activity_id, cover_id).await?;
        let mut cover = cover.ok_or_else(not_found)?;
        cover.state.withdraw().map_err(refused)?;
        if cover.state == State::Published {
            // A draft under review keeps what is reviewed; a proposal is no part of it.
            content_routes::not_in_review(&mut tx, activity_id).await?;
            activities::store::worked_on(&mut tx, &activity, person_id).await?;
        }
        take_away(&mut tx, &cover, State::Withdrawn, call.now).await?;
        if cover.state == State::Published {
            store::show(&mut tx, activity_id, None).await?;
            let title = &activity.content.title;
            let told = content_routes::changed(&mut tx, activity_id, title, person_id).await?;
            tx.notify(told.as_slice(), call.now).await?;
        }
        tx.audit(&subject(activity_id)).await?;
        (cover.state, cover.decided_at) = (State::Withdrawn, Some(call.now));
        tx.commit(seen(cover, person_id)).await
    }

    async fn get_activity_picture(
        &self,
        call: Call<wire::GetActivityPictureRequest>,
    ) -> Result<wire::CoverContent> {
        let found = store::picture(&mut *self.db.read().await?, &call.message.hash).await?;
        let (object, content_type) = found.ok_or_else(not_found)?;
        let data = self.store.get_open(&object).await.map_err(unavailable)?;
        Ok(wire::CoverContent {
            length: i64::try_from(data.len()).unwrap_or(i64::MAX),
            content: Some(HttpBody { content_type, data }),
            file_name: String::new(),
            immutable: true,
        })
    }
}

impl Covers {
    /// The caller and the activity, to which uploads belong; the caller's right was checked.
    async fn allowed<T>(&self, call: &Call<T>, activity_id: &str) -> Result<(Uuid, Uuid)> {
        let of = owner(call, activity_id)?;
        require_for_activity(call, &mut *self.db.read().await?, of.1).await?;
        Ok(of)
    }
}

/// The caller and the activity, to which uploads belong.
fn owner<T>(call: &Call<T>, activity_id: &str) -> Result<(Uuid, Uuid)> {
    let person_id = call.caller.person()?.person_id;
    Ok((person_id, parse_id("activity_id", activity_id)?))
}

fn subject(activity_id: Uuid) -> String {
    format!("activity:{activity_id}")
}
