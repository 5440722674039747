//! Development only: messages become files in a folder, for `cast` and tests to read. Production configuration refuses the folder.

use std::path::PathBuf;

use async_trait::async_trait;
use jobs::Outcome;
use serde::Serialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Delivery, Transport};

/// Writes `<delivery id>.json` into a folder; ids are UUIDv7, so names sort by time. A second try replaces the file.
#[derive(Debug)]
pub struct Mailbox {
    folder: PathBuf,
}

#[derive(Serialize)]
struct File<'a> {
    to: &'a str,
    kind: &'a str,
    subject: &'a str,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    at: String,
}

impl Mailbox {
    /// Over this folder, which is made if it is missing.
    pub fn new(folder: impl Into<PathBuf>) -> std::io::Result<Self> {
        let folder = folder.into();
        std::fs::create_dir_all(&folder)?;
        Ok(Self { folder })
    }
}

#[async_trait]
impl Transport for Mailbox {
    async fn send(&self, delivery: &Delivery, now: OffsetDateTime) -> Outcome {
        let file = File {
            to: &delivery.recipient,
            kind: delivery.kind.as_str(),
            subject: &delivery.content.subject,
            text: &delivery.content.text,
            code: delivery.content.code.as_deref(),
            at: now.format(&Rfc3339).unwrap_or_default(),
        };
        let Ok(json) = serde_json::to_vec_pretty(&file) else {
            return Outcome::Refused("it has no JSON form".to_owned());
        };
        let name = delivery.delivery_id;
        let (part, whole) = (
            self.folder.join(format!(".{name}.part")),
            self.folder.join(format!("{name}.json")),
        );
        // A reader never sees half a file.
        let written = async {
            tokio::fs::write(&part, json).await?;
            tokio::fs::rename(&part, &whole).await
        };
        match written.await {
            Ok(()) => Outcome::Done,
            Err(error) => Outcome::Failed(format!("the mailbox folder: {}", error.kind())),
        }
    }
}
