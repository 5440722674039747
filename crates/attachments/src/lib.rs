//! Files that people attach to their answers: which files belong to a record is said by the answers of the record. An upload is claimed in
//! the transaction that keeps answers which name it, and given up when they no longer do, or when they are deleted.
//!
//! ```text
//! uploaded (crates/files) ──named by answers that are kept──▶ claimed, belongs to the record ──no longer named──▶ given up, deleted
//! ```
//!
//! A service says what is uploaded ([`purpose`]) and where it keeps which files a record has ([`Table`]), and checks the rights. The record
//! is locked by the caller, so two who save at once do so one after the other.

mod named;

use std::collections::BTreeSet;

use async_trait::async_trait;
use files::uploads::{self, Content, Face, Kind, Purpose, Uploads};
use form_versions::answers::Answers;
use forms::{Form, Reference, ReferenceKind};
use kit::errors::{Problem, Result};
use proto_forms::v1 as shared;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

pub use named::{MOST, Named, named};

/// How long the content of a file that is no longer named stays, for those who are reading it at the moment.
const READ_TO_THE_END: Duration = Duration::minutes(10);

/// What is attached to the answers of a service; `name` is how it is stored.
pub const fn purpose(name: &'static str) -> Purpose {
    Purpose {
        name,
        max_bytes: 10 * 1024 * 1024,
        kinds: &[Kind::Pdf, Kind::Png, Kind::Jpeg, Kind::Webp],
    }
}

/// Where a service keeps which files belong to which record.
#[async_trait]
pub trait Table: Send + Sync {
    /// The files of a record.
    async fn of(
        &self,
        conn: &mut PgConnection,
        record_id: Uuid,
    ) -> Result<BTreeSet<Uuid>, sqlx::Error>;

    /// From now on these files belong to the record.
    async fn attach(
        &self,
        conn: &mut PgConnection,
        record_id: Uuid,
        uploads: &[Uuid],
        now: OffsetDateTime,
    ) -> Result<(), sqlx::Error>;

    /// These files belong to no record any more.
    async fn detach(&self, conn: &mut PgConnection, uploads: &[Uuid]) -> Result<(), sqlx::Error>;
}

/// The record whose answers are kept, and by whom: the person who answers.
#[derive(Clone, Copy, Debug)]
pub struct Owner {
    /// The record.
    pub record_id: Uuid,
    /// What its files are uploaded for: an organisation, an activity.
    pub scope_id: Uuid,
    /// The person who uploads and answers.
    pub person_id: Uuid,
    /// Whether it had answers before: without any it has no files.
    pub answered: bool,
}

/// The files of the answers of one service.
#[derive(Clone, Copy)]
pub struct Attachments {
    /// What is uploaded.
    pub purpose: &'static Purpose,
    /// Which files belong to which record.
    pub table: &'static dyn Table,
}

impl std::fmt::Debug for Attachments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Attachments")
            .field(&self.purpose.name)
            .finish()
    }
}

impl Attachments {
    /// Claims the uploads that answers name, and gives up those that they no longer name. What is no id names none: it is told when the
    /// answers are handed in.
    pub async fn keep(
        &self,
        conn: &mut PgConnection,
        form: &Form,
        answers: &Answers,
        of: Owner,
        now: OffsetDateTime,
    ) -> Result<()> {
        let named = named(form, answers)?;
        if named.is_empty() && !of.answered {
            return Ok(());
        }
        let attached = self.table.of(conn, of.record_id).await?;
        let mut new = Vec::new();
        for Named { path, upload_id } in &named {
            if attached.contains(upload_id) {
                continue;
            }
            let (owner, scope) = (of.person_id, of.scope_id);
            let claimed = uploads::claim(conn, *upload_id, owner, self.purpose, scope, now).await?;
            claimed.map_err(|error| unclaimed(error, path))?;
            new.push(*upload_id);
        }
        let named: BTreeSet<Uuid> = named.into_iter().map(|file| file.upload_id).collect();
        let gone: Vec<Uuid> = attached.difference(&named).copied().collect();
        self.forget(conn, &gone, now).await?;
        if !new.is_empty() {
            self.table.attach(conn, of.record_id, &new, now).await?;
        }
        Ok(())
    }

    /// Gives up all files of a record: its answers are deleted.
    pub async fn give_up(
        &self,
        conn: &mut PgConnection,
        record_id: Uuid,
        now: OffsetDateTime,
    ) -> Result<(), sqlx::Error> {
        let attached = self.table.of(conn, record_id).await?;
        let attached: Vec<Uuid> = attached.into_iter().collect();
        self.forget(conn, &attached, now).await
    }

    async fn forget(
        &self,
        conn: &mut PgConnection,
        gone: &[Uuid],
        now: OffsetDateTime,
    ) -> Result<(), sqlx::Error> {
        if gone.is_empty() {
            return Ok(());
        }
        uploads::release(conn, gone, now + READ_TO_THE_END).await?;
        self.table.detach(conn, gone).await
    }

    /// The references among these that name no file of the record.
    pub async fn missing(
        &self,
        conn: &mut PgConnection,
        references: &[Reference],
        record_id: Uuid,
    ) -> Result<Vec<Reference>, sqlx::Error> {
        let files = files_among(references);
        if files.is_empty() {
            return Ok(files);
        }
        let attached = self.table.of(conn, record_id).await?;
        Ok(named::dangling(files, &attached))
    }

    /// The references among these that name neither a file of the record nor a complete upload of its owner. Who claims it finds out whether
    /// it still waits.
    pub async fn unready(
        &self,
        conn: &mut PgConnection,
        references: &[Reference],
        (person_id, scope_id): (Uuid, Uuid),
        now: OffsetDateTime,
    ) -> Result<Vec<Reference>, sqlx::Error> {
        let files = files_among(references);
        let ids: Vec<Uuid> = files
            .iter()
            .filter_map(|file| file.value.parse().ok())
            .collect();
        if ids.is_empty() {
            return Ok(files);
        }
        let of = (person_id, scope_id);
        let complete = uploads::completed(conn, &ids, of, self.purpose, now).await?;
        Ok(named::dangling(files, &complete))
    }

    /// The files of a record, as those see them whom its answers are shown.
    pub async fn described(
        &self,
        conn: &mut PgConnection,
        uploads: &Uploads,
        record_id: Uuid,
    ) -> Result<Vec<shared::AnswerFile>> {
        let ids = self.table.of(conn, record_id).await?;
        let ids: Vec<Uuid> = ids.into_iter().collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let described = uploads.described(conn, &ids).await?;
        let shown = described.into_iter().map(|file| shared::AnswerFile {
            upload_id: file.upload_id.to_string(),
            name: file.name,
            content_type: file.content_type,
            size: i64::try_from(file.size).unwrap_or(i64::MAX),
        });
        Ok(shown.collect())
    }

    /// Whether this file belongs to the record.
    pub async fn has(
        &self,
        conn: &mut PgConnection,
        record_id: Uuid,
        upload_id: Uuid,
    ) -> Result<bool, sqlx::Error> {
        Ok(self.table.of(conn, record_id).await?.contains(&upload_id))
    }

    /// The content of a file of which [`has`](Self::has) was asked, and whose reader may see the answers.
    pub async fn content(
        &self,
        uploads: &Uploads,
        upload_id: Uuid,
        original: bool,
    ) -> Result<Content> {
        let face = if original {
            Face::Original
        } else {
            Face::Clean
        };
        uploads.content(upload_id, face).await
    }
}

fn files_among(references: &[Reference]) -> Vec<Reference> {
    let files = references.iter();
    let files = files.filter(|reference| reference.kind == ReferenceKind::File);
    files.cloned().collect()
}

fn unclaimed(error: uploads::Error, path: &str) -> Problem {
    match error {
        uploads::Error::NotFound => Problem::invalid(
            format!("answers.{path}"),
            (
                "No upload of yours that waits for this; choose the file again.",
                "没有您可用的上传文件，请重新选择文件。",
            ),
        ),
        other => other.into(),
    }
}
