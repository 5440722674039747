//! The methods by which every kind of file of this service is uploaded; what it is for and who may upload it is said by the service that
//! forwards its method here, after it has checked the rights.

use files::{
    pictures::sha256,
    uploads::{
        NewUpload, Uploads,
        methods::{self, Shown},
    },
};
use kit::{Call, db::Db, errors::Result, wire::parse_id};
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
    let tx = call.begin(db).await?;
    let request = &call.message;
    let new = NewUpload {
        name: &request.name,
        size: request.size,
        declared_type: &request.content_type,
    };
    methods::create(uploads, tx, of, &new, call.now, message).await
}

pub(crate) async fn get(
    uploads: &Uploads,
    call: Call<wire::GetUploadRequest>,
) -> Result<wire::Upload> {
    let of = owner(&call, &call.message.organisation_id)?;
    let upload_id = parse_id("upload_id", &call.message.upload_id)?;
    let upload = uploads.get(of, upload_id, call.now).await?;
    Ok(message(upload.into()))
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
    Ok(message(upload.into()))
}

pub(crate) async fn complete(
    uploads: &Uploads,
    call: Call<wire::CompleteUploadRequest>,
) -> Result<wire::Upload> {
    let of = owner(&call, &call.message.organisation_id)?;
    let upload_id = parse_id("upload_id", &call.message.upload_id)?;
    let sha256 = sha256(&call.message.sha256);
    let upload = uploads.complete(of, upload_id, sha256, call.now).await?;
    Ok(message(upload.into()))
}

pub(crate) async fn delete(
    (db, uploads): (&Db, &Uploads),
    call: Call<wire::DeleteUploadRequest>,
) -> Result<wire::DeleteUploadResponse> {
    let of = owner(&call, &call.message.organisation_id)?;
    let upload_id = parse_id("upload_id", &call.message.upload_id)?;
    let tx = call.begin(db).await?;
    methods::delete(uploads, tx, of, upload_id, call.now).await
}

/// An upload as its owner sees it.
fn message(upload: Shown) -> wire::Upload {
    wire::Upload {
        upload_id: upload.upload_id,
        size: upload.size,
        part_size: upload.part_size,
        part_count: upload.part_count,
        parts: upload.parts,
        content_type: upload.content_type,
        completed_at: upload.completed_at,
        expires_at: upload.expires_at,
    }
}
