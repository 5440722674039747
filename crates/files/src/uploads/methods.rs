//! What the methods of every service do by which files are uploaded. Each service has checked the rights, says what the upload is for, and
//! has a message of its own for an upload, which it makes of [`Shown`].

use kit::{call::Write, errors::Result, wire::timestamp};
use prost::Message;
use prost_types::Timestamp;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{NewUpload, PART_BYTES, Upload, Uploads, parts};

/// An upload as its owner sees it, field by field as the messages of the services have it.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Shown {
    pub upload_id: String,
    pub size: i64,
    pub part_size: i64,
    pub part_count: i32,
    pub parts: Vec<i32>,
    pub content_type: String,
    pub completed_at: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
}

impl From<Upload> for Shown {
    fn from(upload: Upload) -> Self {
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        Self {
            upload_id: upload.upload_id.to_string(),
            size: number(upload.size),
            part_size: number(PART_BYTES),
            part_count: i32::try_from(parts(upload.size)).unwrap_or(i32::MAX),
            parts: upload.parts,
            content_type: upload.content_type.unwrap_or_default(),
            completed_at: upload.completed_at.map(timestamp),
            expires_at: Some(timestamp(upload.expires_at)),
        }
    }
}

/// Begins an upload, once for each request.
pub async fn create<M: Message + Default>(
    uploads: &Uploads,
    mut tx: Write,
    of: (Uuid, Uuid),
    new: &NewUpload<'_>,
    now: OffsetDateTime,
    message: impl Fn(Shown) -> M,
) -> Result<M> {
    if let Some(answer) = tx.replayed().await? {
        return Ok(answer);
    }
    let upload = uploads.create(&mut tx, of, new, now).await?;
    tx.audit(&subject(upload.upload_id)).await?;
    tx.commit(message(upload.into())).await
}

/// Deletes an upload that no record has claimed.
pub async fn delete<M: Message + Default>(
    uploads: &Uploads,
    mut tx: Write,
    of: (Uuid, Uuid),
    upload_id: Uuid,
    now: OffsetDateTime,
) -> Result<M> {
    uploads.delete(&mut tx, of, upload_id, now).await?;
    tx.audit(&subject(upload_id)).await?;
    tx.commit(M::default()).await
}

fn subject(upload_id: Uuid) -> String {
    format!("upload:{upload_id}")
}
