//! What the methods of a service do with uploads.

use std::{collections::BTreeMap, sync::Arc, time::Duration as StdDuration};

use aws_lc_rs::digest::{SHA256, digest};
use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};
use kit::{
    crypto::Keys,
    db::Db,
    errors::{Problem, Result},
    sealed::SealedColumn,
};
use proto_platform::reasons;
use renderers::{Failure, Renderer, Work};
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::{
    Claimed, Described, Error, KEPT, Kind, Purpose, Upload, rules,
    store::{self, Checked, New, Part, Row},
};
use crate::{
    picture::{self, Picture},
    scanner::{Scanner, Verdict},
    store::{Store, StoreError, Stored},
};

/// Never changes: stored names open under it alone.
const NAME: SealedColumn = SealedColumn::new("files.upload.name");

/// Within this time after an object was announced, the transaction that refers to it has to commit.
const ANNOUNCED: Duration = Duration::hours(1);
/// Files that one process checks at the same time: each is in memory then, as bytes and as pixels.
const CHECKED_AT_A_TIME: usize = 2;
/// How long a file waits to be checked.
const QUEUE_TIMEOUT: StdDuration = StdDuration::from_secs(20);

/// The uploads for one purpose. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Uploads {
    db: Db,
    store: Store,
    keys: Keys,
    scanner: Option<Scanner>,
    /// Makes clean copies of documents, if the purpose takes some.
    renderer: Option<Renderer>,
    purpose: &'static Purpose,
    places: Arc<Semaphore>,
}

/// An upload that is to begin.
#[derive(Debug)]
pub struct NewUpload<'a> {
    /// As on the owner's device.
    pub name: &'a str,
    /// Bytes of the whole file.
    pub size: i64,
    /// The type as the owner's device knows it, or empty. What counts is the content.
    pub declared_type: &'a str,
}

/// A clean copy.
struct Copy {
    content: Bytes,
    kind: Kind,
}

/// Which of the two faces of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// As it was uploaded, with its name.
    Original,
    /// The same content without metadata and name.
    Clean,
}

/// The content of a file.
pub struct Content {
    /// The media type.
    pub media_type: String,
    /// The name that its owner gave it; none for a clean copy.
    pub name: Option<String>,
    /// Bytes of the whole.
    pub length: u64,
    /// The bytes.
    pub bytes: stream::BoxStream<'static, Result<Bytes>>,
}

/// A piece of a content, as a message carries it. What the first one says is empty in the others.
#[derive(Debug, Default)]
pub struct Piece {
    /// The media type; in the first piece.
    pub content_type: String,
    /// The name that its owner gave it, if it has one; in the first piece.
    pub file_name: String,
    /// Bytes of the whole; in the first piece.
    pub length: i64,
    /// The bytes.
    pub data: Bytes,
}

impl Content {
    /// A message for each piece.
    pub fn messages<M: 'static>(
        self,
        message: impl Fn(Piece) -> M + Send + 'static,
    ) -> stream::BoxStream<'static, Result<M>> {
        let mut first = Some(Piece {
            content_type: self.media_type,
            file_name: self.name.unwrap_or_default(),
            length: i64::try_from(self.length).unwrap_or(i64::MAX),
            data: Bytes::new(),
        });
        let pieces = self.bytes.map_ok(move |data| Piece {
            data,
            ..first.take().unwrap_or_default()
        });
        pieces.map_ok(message).boxed()
    }
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Content")
            .field("media_type", &self.media_type)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

impl Uploads {
    /// For this purpose. Without a scanner nothing is scanned.
    pub fn new(
        db: &Db,
        store: &Store,
        keys: &Keys,
        scanner: Option<Scanner>,
        purpose: &'static Purpose,
    ) -> Self {
        Self {
            db: db.clone(),
            store: store.clone(),
            keys: keys.clone(),
            scanner,
            renderer: None,
            purpose,
            places: Arc::new(Semaphore::new(CHECKED_AT_A_TIME)),
        }
    }

    /// Begins an upload of a person for something: an organisation, an activity.
    pub async fn create(
        &self,
        conn: &mut PgConnection,
        (owner_id, scope_id): (Uuid, Uuid),
        new: &NewUpload<'_>,
        now: OffsetDateTime,
    ) -> Result<Upload> {
        rules::name(new.name)?;
        let size = rules::size(self.purpose, new.size)?;
        rules::declared(self.purpose, new.declared_type)?;
        if !store::lock_owner(&mut *conn, owner_id).await? {
            return Err(Problem::of(&reasons::CONFLICT));
        }
        let (count, bytes) = store::unclaimed(&mut *conn, owner_id).await?;
        rules::room(count, bytes, size)?;
        let upload_id = kit::chance::id(now);
        let expires_at = now + KEPT;
        let row = New {
            upload_id,
            owner_id,
            purpose: self.purpose.name,
            scope_id,
            name_sealed: &NAME.seal(&self.keys, upload_id, new.name),
            size_bytes: new.size,
            expires_at,
        };
        store::insert(conn, &row, now).await?;
        Ok(Upload {
            upload_id,
            size,
            parts: Vec::new(),
            content_type: None,
            completed_at: None,
            expires_at,
        })
    }

    /// The same for a purpose that takes documents: these processes read them.
    pub fn with_documents(self, renderer: &Renderer) -> Self {
        Self {
            renderer: Some(renderer.clone()),
            ..self
        }
    }

    /// An upload of this person, to go on with it.
    pub async fn get(
        &self,
        of: (Uuid, Uuid),
        upload_id: Uuid,
        now: OffsetDateTime,
    ) -> Result<Upload> {
        let mut tx = self.db.begin().await?;
        let row = self.lock(&mut tx, of, upload_id, now).await?;
        let parts = store::parts(&mut tx, upload_id).await?;
        Ok(seen(row, &parts))
    }

    /// Keeps a part. Sent again it is answered as before; killed anywhere in between, it is as if it had not been sent, or
    /// as if it had been answered.
    pub async fn put_part(
        &self,
        of: (Uuid, Uuid),
        (upload_id, number): (Uuid, i32),
        content: Bytes,
        now: OffsetDateTime,
    ) -> Result<Upload> {
        let hash = digest(&SHA256, &content);
        let object = format!("{upload_id}/{number}/{}", kit::chance::id(now));
        {
            let mut tx = self.db.begin().await?;
            let row = self.lock(&mut tx, of, upload_id, now).await?;
            rules::part(row.size_bytes.unsigned_abs(), number, content.len())?;
            let parts = store::parts(&mut tx, upload_id).await?;
            let same = |part: &Part| part.number == number && part.part_hash == hash.as_ref();
            if parts.iter().any(same) {
                return Ok(seen(row, &parts));
            }
            still_open(&row)?;
            store::unreferenced(&mut tx, &object, now + ANNOUNCED).await?;
            tx.commit().await?;
        }
        let stored = self
            .store
            .put_bytes(&object, content)
            .await
            .map_err(unavailable)?;
        let mut tx = self.db.begin().await?;
        // Meanwhile it may have been completed, deleted or swept.
        let row = self.lock(&mut tx, of, upload_id, now).await?;
        still_open(&row)?;
        if !store::refer(&mut tx, &object).await? {
            return Err(too_late());
        }
        store::keep_part(&mut tx, upload_id, number, &stored, now).await?;
        let parts = store::parts(&mut tx, upload_id).await?;
        tx.commit().await?;
        Ok(seen(row, &parts))
    }

    /// Checks the whole and makes its clean copy. Asked again it is answered as before. `sha256` is that of the file on the
    /// owner's device, if it is known there.
    pub async fn complete(
        &self,
        of: (Uuid, Uuid),
        upload_id: Uuid,
        sha256: Option<[u8; 32]>,
        now: OffsetDateTime,
    ) -> Result<Upload> {
        let object = format!("{upload_id}/clean/{}", kit::chance::id(now));
        let (row, parts) = {
            let mut tx = self.db.begin().await?;
            let row = self.lock(&mut tx, of, upload_id, now).await?;
            let parts = store::parts(&mut tx, upload_id).await?;
            if let Some(hash) = &row.content_hash {
                return match sha256 {
                    Some(expected) if expected != hash[..] => Err(Error::HashDiffers.into()),
                    _ => Ok(seen(row, &parts)),
                };
            }
            let arrived: Vec<_> = parts.iter().map(|part| part.number).collect();
            let missing = rules::missing(row.size_bytes.unsigned_abs(), &arrived);
            if !missing.is_empty() {
                return Err(Error::PartsMissing { missing }.into());
            }
            store::unreferenced(&mut tx, &object, now + ANNOUNCED).await?;
            tx.commit().await?;
            (row, parts)
        };
        let (hash, kind, copy) = self.checked(&row, &parts, sha256).await?;
        let clean_type = copy.kind.media_type();
        let clean = self
            .store
            .put_bytes(&object, copy.content)
            .await
            .map_err(unavailable)?;
        let mut tx = self.db.begin().await?;
        let mut row = self.lock(&mut tx, of, upload_id, now).await?;
        if row.completed_at.is_some() {
            // The same request at the same time was faster.
            return Ok(seen(row, &parts));
        }
        // What was checked has to be what is kept.
        if store::parts(&mut tx, upload_id).await? != parts
            || !store::refer(&mut tx, &object).await?
        {
            return Err(too_late());
        }
        let checked = Checked {
            content_type: kind.media_type(),
            content_hash: &hash,
            clean: &clean,
            clean_type,
        };
        store::complete(&mut tx, upload_id, &checked, now).await?;
        tx.commit().await?;
        row.completed_at = Some(now);
        row.content_type = Some(kind.media_type().to_owned());
        Ok(seen(row, &parts))
    }

    /// Deletes an upload that no record has claimed. One that is not there is none: deleting can be done twice.
    pub async fn delete(
        &self,
        conn: &mut PgConnection,
        (owner_id, scope_id): (Uuid, Uuid),
        upload_id: Uuid,
        now: OffsetDateTime,
    ) -> Result<()> {
        let of = (owner_id, self.purpose.name, scope_id);
        match store::lock(&mut *conn, upload_id, of, now).await? {
            Some(row) if row.claimed_at.is_none() => {
                Ok(store::release(conn, &[upload_id], now).await?)
            }
            _ => Ok(()),
        }
    }

    /// The content of a claimed file. The caller has checked who may see it, and left the audit record.
    pub async fn content(&self, upload_id: Uuid, face: Face) -> Result<Content> {
        let mut tx = self.db.begin().await?;
        let not_found = || Problem::from(Error::NotFound);
        if face == Face::Clean {
            let file = store::claimed(&mut tx, upload_id).await?;
            let Claimed {
                clean, clean_type, ..
            } = file.ok_or_else(not_found)?;
            return Ok(Content {
                media_type: clean_type,
                name: None,
                length: clean.length,
                bytes: self.read(vec![clean]),
            });
        }
        let (name, media_type) = store::original(&mut tx, upload_id)
            .await?
            .ok_or_else(not_found)?;
        let parts: Vec<_> = store::parts(&mut tx, upload_id)
            .await?
            .iter()
            .map(Part::stored)
            .collect();
        Ok(Content {
            media_type,
            name: Some(NAME.open(&self.keys, upload_id, &name)?),
            length: parts.iter().map(|part| part.length).sum(),
            bytes: self.read(parts),
        })
    }

    /// Names, types and sizes of those of these files that are claimed. The caller has checked who may know them.
    pub async fn described(
        &self,
        conn: &mut PgConnection,
        uploads: &[Uuid],
    ) -> Result<Vec<Described>> {
        let files = store::named(conn, uploads).await?.into_iter();
        files
            .map(|file| {
                Ok(Described {
                    upload_id: file.upload_id,
                    name: NAME.open(&self.keys, file.upload_id, &file.name_sealed)?,
                    content_type: file.content_type,
                    size: file.size_bytes.unsigned_abs(),
                })
            })
            .collect()
    }

    /// The clean copy of a claimed file in several sizes, each at most as many pixels wide and high.
    pub async fn sizes(&self, file: &Claimed, sides: &'static [u32]) -> Result<Vec<Picture>> {
        let _place = self.place().await?;
        let most = usize::try_from(self.purpose.max_bytes.saturating_mul(8)).unwrap_or(usize::MAX);
        let content = self.store.get_bytes(&file.clean, most).await;
        let (content, kind) = (content.map_err(unavailable)?, file.clean_type.clone());
        let made = on_a_thread(move || picture::sizes(&content, &kind, sides)).await?;
        Ok(made?)
    }

    async fn lock(
        &self,
        conn: &mut PgConnection,
        (owner_id, scope_id): (Uuid, Uuid),
        upload_id: Uuid,
        now: OffsetDateTime,
    ) -> Result<Row> {
        let of = (owner_id, self.purpose.name, scope_id);
        let row = store::lock(conn, upload_id, of, now).await?;
        Ok(row.ok_or(Error::NotFound)?)
    }

    async fn place(&self) -> Result<tokio::sync::SemaphorePermit<'_>> {
        let waiting = tokio::time::timeout(QUEUE_TIMEOUT, self.places.acquire());
        match waiting.await {
            // The semaphore is never closed.
            Ok(Ok(place)) => Ok(place),
            _ => Err(too_late()),
        }
    }

    async fn checked(
        &self,
        row: &Row,
        parts: &[Part],
        sha256: Option<[u8; 32]>,
    ) -> Result<(Vec<u8>, Kind, Copy)> {
        let _place = self.place().await?;
        let size = usize::try_from(row.size_bytes).unwrap_or_default();
        let mut content = BytesMut::with_capacity(size);
        for part in parts {
            let length = usize::try_from(part.part_bytes).unwrap_or_default();
            let part = self.store.get_bytes(&part.stored(), length).await;
            content.extend_from_slice(&part.map_err(unavailable)?);
        }
        let content = content.freeze();
        let hash = digest(&SHA256, &content);
        if sha256.is_some_and(|expected| expected != hash.as_ref()) {
            return Err(Error::HashDiffers.into());
        }
        let kind = rules::allowed(self.purpose, &content)?;
        if let Some(scanner) = &self.scanner {
            let verdict = scanner.scan(&content).await;
            match verdict.map_err(|cause| Problem::of(&reasons::UNAVAILABLE).because(cause))? {
                Verdict::Clean => {}
                Verdict::Infected => return Err(Error::Infected.into()),
            }
        }
        let copy = match kind {
            Kind::Pdf => Copy {
                content: self.document(row.owner_id, &content).await?.into(),
                kind,
            },
            Kind::Png | Kind::Jpeg | Kind::Webp => {
                let picture = on_a_thread(move || picture::clean(&content, kind)).await??;
                Copy {
                    content: picture.content.into(),
                    kind: picture.kind,
                }
            }
        };
        Ok((hash.as_ref().to_vec(), kind, copy))
    }

    /// The clean copy of a document: made in a process of its own, because reading it may take any time and memory.
    async fn document(&self, owner_id: Uuid, content: &[u8]) -> Result<Vec<u8>> {
        let Some(renderer) = &self.renderer else {
            let purpose = self.purpose.name;
            return Err(Problem::internal(anyhow::anyhow!(
                "{purpose} takes documents, and nothing reads them"
            )));
        };
        match renderer.ask(owner_id, Work::CleanCopy(content)).await {
            Ok(copy) => Ok(copy),
            Err(Failure::Refused(refusal)) if refusal.code == "LOCKED" => Err(Error::Locked.into()),
            Err(Failure::Refused(_)) => Err(Error::Unreadable.into()),
            Err(failure) if failure.gave_up() => {
                tracing::warn!(error = %failure, "a document could not be read");
                Err(Error::Unreadable.into())
            }
            Err(failure) => Err(too_late().because(failure)),
        }
    }

    fn read(&self, objects: Vec<Stored>) -> stream::BoxStream<'static, Result<Bytes>> {
        let store = self.store.clone();
        stream::iter(objects)
            .flat_map(move |object| read_one(&store, &object))
            .boxed()
    }
}

fn read_one(
    store: &Store,
    object: &Stored,
) -> impl Stream<Item = Result<Bytes>> + Send + 'static + use<> {
    store.get(object).map_err(unavailable).boxed()
}

/// Work for the processor. A panic of a decoder is a picture that cannot be read.
async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<Result<T, Error>> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Ok(done),
        Err(panicked) => {
            tracing::error!(error = %panicked, "a picture could not be read");
            Ok(Err(Error::Unreadable))
        }
    }
}

fn still_open(row: &Row) -> Result<(), Error> {
    match row.completed_at {
        Some(_) => Err(Error::Complete),
        None => Ok(()),
    }
}

fn seen(row: Row, parts: &[Part]) -> Upload {
    let numbers: BTreeMap<i32, ()> = parts.iter().map(|part| (part.number, ())).collect();
    Upload {
        upload_id: row.upload_id,
        size: row.size_bytes.unsigned_abs(),
        parts: numbers.into_keys().collect(),
        content_type: row.content_type,
        completed_at: row.completed_at,
        expires_at: row.expires_at,
    }
}

fn too_late() -> Problem {
    Problem::of(&reasons::UNAVAILABLE).retry_after(StdDuration::from_secs(1))
}

/// A store that does not answer will; anything else is a fault.
fn unavailable(error: StoreError) -> Problem {
    match error {
        StoreError::Unavailable(_) => Problem::of(&reasons::UNAVAILABLE)
            .retry_after(StdDuration::from_secs(1))
            .because(error),
        other => Problem::internal(other),
    }
}
