//! The methods by which every kind of file of this service is uploaded; what it is for and who may upload it is said by the service that
//! forwards its method here, after it has checked the rights.

use files::{
    pictures::sha256,
    uploads::{self, NewUpload, PART_BYTES, Upload, Uploads},
};
use kit::{
    Call,
    db::Db,
    errors::Result,
    wire::{parse_id, timestamp},
};
use proto_membership::v1 as wire;
use uuid::Uuid;

/// The person who calls, and the organisation to which an upload belongs.
pub(crate) fn owner<T>(call: &Call<T>, organisation_id: &str) -> Result<(Uuid, Uuid)> {
    let person_id = call.caller.person()?.person_id;
    Ok((person_id, parse_id("organisation_id", organisation_id)?))
}

pub(crate) async fn create(
    (db, uploads): (&Db, &Uploads),
    call: Call<wire::CreateUploadRequest>,
) -> Result<wire::Upload> {
    let of = owner(&call, &call.message.organisation_id)?;
    let mut tx = call.begin(db).await?;
    if let Some(answer) = tx.replayed().await? {
        return Ok(answer);
    }
    let request = &call.message;
    let new = NewUpload {
        name: &request.name,
        size: request.size,
        declared_type: &request.content_type,
    };
    let upload = uploads.create(&mut tx, of, &new, call.now).await?;
    tx.audit(&format!("upload:{}", upload.upload_id)).await?;
    tx.commit(shown(&upload)).await
}

pub(crate) async fn get(
    uploads: &Uploads,
    call: Call<wire::GetUploadRequest>,
) -> Result<wire::Upload> {
    let of = owner(&call, &call.message.organisation_id)?;
    let upload_id = parse_id("upload_id", &call.message.upload_id)?;
    let upload = uploads.get(of, upload_id, call.now).await?;
    Ok(shown(&upload))
}

pub(crate) async fn put_part(
    uploads: &Uploads,
    call: Call<wire::PutUploadPartRequest>,
) -> Result<wire::Upload> {
    let of = owner(&call, &call.message.organisation_id)?;
    let upload_id = parse_id("upload_id", &call.message.upload_id)?;
    let (call, request) = call.split();
    let content = request.content.unwrap_or_default().data;
    let part = (upload_id, request.number);
    let upload = uploads.put_part(of, part, content, call.now).await?;
    Ok(shown(&upload))
}

pub(crate) async fn complete(
    uploads: &Uploads,
    call: Call<wire::CompleteUploadRequest>,
) -> Result<wire::Upload> {
    let of = owner(&call, &call.message.organisation_id)?;
    let upload_id = parse_id("upload_id", &call.message.upload_id)?;
    let sha256 = sha256(&call.message.sha256);
    let upload = uploads.complete(of, upload_id, sha256, call.now).await?;
    Ok(shown(&upload))
}

pub(crate) async fn delete(
    (db, uploads): (&Db, &Uploads),
    call: Call<wire::DeleteUploadRequest>,
) -> Result<wire::DeleteUploadResponse> {
    let of = owner(&call, &call.message.organisation_id)?;
    let upload_id = parse_id("upload_id", &call.message.upload_id)?;
    let mut tx = call.begin(db).await?;
    uploads.delete(&mut tx, of, upload_id, call.now).await?;
    tx.audit(&format!("upload:{upload_id}")).await?;
    tx.commit(wire::DeleteUploadResponse {}).await
}

/// An upload as its owner sees it.
fn shown(upload: &Upload) -> wire::Upload {
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    wire::Upload {
        upload_id: upload.upload_id.to_string(),
        size: number(upload.size),
        part_size: number(PART_BYTES),
        part_count: i32::try_from(uploads::parts(upload.size)).unwrap_or(i32::MAX),
        parts: upload.parts.clone(),
        content_type: upload.content_type.clone().unwrap_or_default(),
        completed_at: upload.completed_at.map(timestamp),
        expires_at: Some(timestamp(upload.expires_at)),
    }
}
