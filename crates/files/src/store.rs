//! Objects in a folder or in S3.

use std::{error::Error, fmt, pin::pin, sync::Arc, time::Duration};

use aws_lc_rs::digest::{Context, SHA256};
use bytes::{Buf as _, Bytes, BytesMut};
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};
use kit::crypto::{CryptoError, Keys};
use object_store::{
    MultipartUpload, ObjectStore, ObjectStoreExt as _, PutPayload, path::Path as ObjectPath,
};

use crate::{
    sealing::{FORMAT, KEY, PIECE, Pieces, SEALED_PIECE, SealingError},
    settings::{Settings, SettingsError},
};

/// Purpose of the sealed keys of objects. It never changes: stored keys open under it alone.
const PURPOSE: &str = "files.object";
/// Objects up to this size are written at once, longer ones in parts of it: S3 accepts no smaller ones.
const PART: usize = 5 * 1024 * 1024;
/// Timeout of one step: a part written, a piece read.
const STEP: Duration = Duration::from_secs(30);

/// Keeps content as objects. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    objects: Arc<dyn ObjectStore>,
    folder: ObjectPath,
    keys: Keys,
}

/// What is needed to read a sealed object again; belongs into the transaction that refers to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The name it was stored under.
    pub name: String,
    /// The key of the content, sealed by the keys of the service for this name.
    pub sealed_key: Vec<u8>,
    /// SHA-256 of the plain content.
    pub sha256: [u8; 32],
    /// Bytes of the plain content.
    pub length: u64,
}

/// Why content was not stored, read or deleted.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store did not answer, or not in time: to be tried again.
    #[error("the object store did not do its work")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// There is no such object.
    #[error("there is no object of this name")]
    Missing,
    /// The object is not the one that was stored, or a part of it is missing.
    #[error("the object was altered or cut")]
    Altered,
    /// More than 256 TiB.
    #[error("the content is too long")]
    TooLong,
    /// The key of the object does not open.
    #[error("the key of the object")]
    Key(#[from] CryptoError),
    /// The content that was to be stored broke off.
    #[error("the content broke off")]
    Input(#[source] Box<dyn Error + Send + Sync>),
}

impl From<object_store::Error> for StoreError {
    fn from(error: object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { .. } => Self::Missing,
            other => Self::Unavailable(other.into()),
        }
    }
}

impl From<SealingError> for StoreError {
    fn from(error: SealingError) -> Self {
        match error {
            SealingError::TooLong => Self::TooLong,
            SealingError::Altered => Self::Altered,
        }
    }
}

impl Store {
    /// The store of the settings. Objects lie in a folder of this name, usually that of the service.
    pub fn open(settings: &Settings, folder: &str, keys: Keys) -> Result<Self, SettingsError> {
        let (objects, outer) = settings.open()?;
        Ok(Self {
            objects,
            folder: outer.join(folder),
            keys,
        })
    }

    /// Stores content under a name, sealed; an object of this name is replaced. When this returns, the object is whole and
    /// survives a power failure; when it fails or is dropped, there is none, or an older one. At most 10 MiB are in memory.
    ///
    /// A new name for each try (a random one in it) leaves the object alone that somebody may be reading.
    pub async fn put<E>(
        &self,
        name: &str,
        content: impl Stream<Item = Result<Bytes, E>> + Send,
    ) -> Result<Stored, StoreError>
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let key = ambient::chance::bytes::<KEY>();
        let mut sealed = Sealed {
            pieces: Pieces::new(&key),
            hash: Context::new(&SHA256),
            length: 0,
            waiting: BytesMut::new(),
            out: vec![FORMAT],
        };
        let mut writer = Writer {
            store: self,
            path: self.path(name),
            upload: None,
        };
        match fill(&mut sealed, &mut writer, content).await {
            Ok(()) => {}
            Err(error) => {
                writer.abort().await;
                return Err(error);
            }
        }
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(sealed.hash.finish().as_ref());
        Ok(Stored {
            sealed_key: self.keys.seal(PURPOSE, name.as_bytes(), &key),
            name: name.to_owned(),
            sha256,
            length: sealed.length,
        })
    }

    /// The same for content in memory.
    pub async fn put_bytes(&self, name: &str, content: Bytes) -> Result<Stored, StoreError> {
        let content = stream::iter([Ok::<_, std::convert::Infallible>(content)]);
        self.put(name, content).await
    }

    /// Reads content. The stream ends with an error if the object is not the whole of what was stored.
    pub fn get(
        &self,
        stored: &Stored,
    ) -> impl Stream<Item = Result<Bytes, StoreError>> + Send + use<> {
        let (store, stored) = (self.clone(), stored.clone());
        let pieces = async move {
            let key = store
                .keys
                .open(PURPOSE, stored.name.as_bytes(), &stored.sealed_key)?;
            let key: [u8; KEY] = key.try_into().map_err(|_| StoreError::Altered)?;
            let found = in_time(store.objects.get(&store.path(&stored.name))).await?;
            Ok::<_, StoreError>(stream::try_unfold(
                Opened {
                    pieces: Pieces::new(&key),
                    raw: found.into_stream().map_err(StoreError::from).boxed(),
                    waiting: BytesMut::new(),
                    started: false,
                    ended: false,
                    left: stored.length,
                },
                Opened::next,
            ))
        };
        stream::once(pieces).try_flatten()
    }

    /// Reads content into memory; at most `limit` bytes, and nothing if there are more.
    pub async fn get_bytes(&self, stored: &Stored, limit: usize) -> Result<Bytes, StoreError> {
        let length = usize::try_from(stored.length).map_err(|_| StoreError::TooLong)?;
        if length > limit {
            return Err(StoreError::TooLong);
        }
        let mut all = BytesMut::with_capacity(length);
        let mut content = pin!(self.get(stored));
        while let Some(piece) = content.next().await {
            all.extend_from_slice(&piece?);
        }
        Ok(all.freeze())
    }

    /// Stores content that everybody may see, unsealed.
    pub async fn put_open(&self, name: &str, content: Bytes) -> Result<(), StoreError> {
        let path = self.path(name);
        in_time(self.objects.put(&path, content.into())).await?;
        Ok(())
    }

    /// Reads what [`put_open`](Self::put_open) stored.
    pub async fn get_open(&self, name: &str) -> Result<Bytes, StoreError> {
        let path = self.path(name);
        in_time(async { self.objects.get(&path).await?.bytes().await }).await
    }

    /// Deletes an object. There being none is no error, so that this can be done twice.
    pub async fn delete(&self, name: &str) -> Result<(), StoreError> {
        let path = self.path(name);
        match in_time(self.objects.delete(&path)).await {
            Err(StoreError::Missing) => Ok(()),
            other => other,
        }
    }

    fn path(&self, name: &str) -> ObjectPath {
        let parts = name.split('/').map(object_store::path::PathPart::from);
        self.folder.parts().chain(parts).collect()
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Store").field(&self.folder).finish()
    }
}

async fn in_time<T>(
    step: impl Future<Output = Result<T, object_store::Error>>,
) -> Result<T, StoreError> {
    match tokio::time::timeout(STEP, step).await {
        Ok(done) => Ok(done?),
        Err(late) => Err(StoreError::Unavailable(late.into())),
    }
}

/// Content on its way into an object.
struct Sealed {
    pieces: Pieces,
    hash: Context,
    length: u64,
    /// Not yet sealed: which piece is the last one is known at the end alone.
    waiting: BytesMut,
    /// Sealed and not yet written.
    out: Vec<u8>,
}

impl Sealed {
    fn take(&mut self, plain: &[u8]) -> Result<(), StoreError> {
        self.hash.update(plain);
        self.length += plain.len() as u64;
        self.waiting.extend_from_slice(plain);
        while self.waiting.len() > PIECE {
            let piece = self.waiting.split_to(PIECE);
            self.pieces.seal(&piece, false, &mut self.out)?;
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), StoreError> {
        let piece = self.waiting.split();
        Ok(self.pieces.seal(&piece, true, &mut self.out)?)
    }
}

/// An object that is being written.
struct Writer<'s> {
    store: &'s Store,
    path: ObjectPath,
    /// Of an object of several parts.
    upload: Option<Box<dyn MultipartUpload>>,
}

impl Writer<'_> {
    async fn part(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        let upload = match &mut self.upload {
            Some(upload) => upload,
            none => none.insert(in_time(self.store.objects.put_multipart(&self.path)).await?),
        };
        in_time(upload.put_part(PutPayload::from_bytes(bytes))).await
    }

    async fn finish(&mut self, rest: Bytes) -> Result<(), StoreError> {
        if self.upload.is_none() {
            let payload = PutPayload::from_bytes(rest);
            in_time(self.store.objects.put(&self.path, payload)).await?;
            return Ok(());
        }
        if !rest.is_empty() {
            self.part(rest).await?;
        }
        if let Some(mut upload) = self.upload.take() {
            in_time(upload.complete()).await?;
        }
        Ok(())
    }

    async fn abort(&mut self) {
        if let Some(mut upload) = self.upload.take()
            && let Err(error) = in_time(upload.abort()).await
        {
            tracing::warn!(%error, "an unfinished object was left in the store");
        }
    }
}

async fn fill<E>(
    sealed: &mut Sealed,
    writer: &mut Writer<'_>,
    content: impl Stream<Item = Result<Bytes, E>> + Send,
) -> Result<(), StoreError>
where
    E: Into<Box<dyn Error + Send + Sync>>,
{
    let mut content = pin!(content);
    while let Some(bytes) = content.next().await {
        let bytes = bytes.map_err(|error| StoreError::Input(error.into()))?;
        // However much comes at once, no more than a part of it waits.
        for some in bytes.chunks(PIECE) {
            sealed.take(some)?;
            if sealed.out.len() >= PART {
                let rest = sealed.out.split_off(PART);
                let part = std::mem::replace(&mut sealed.out, rest);
                writer.part(part.into()).await?;
            }
        }
    }
    sealed.end()?;
    writer.finish(std::mem::take(&mut sealed.out).into()).await
}

/// Content on its way out of an object.
struct Opened {
    pieces: Pieces,
    raw: stream::BoxStream<'static, Result<Bytes, StoreError>>,
    waiting: BytesMut,
    /// The format was read.
    started: bool,
    /// The last piece was given.
    ended: bool,
    /// Bytes of plain content still to come.
    left: u64,
}

impl Opened {
    /// The next piece. The last one is that after which the object ends.
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, StoreError> {
        if self.ended {
            return Ok(None);
        }
        let mut whole = false;
        while !whole && self.waiting.len() <= SEALED_PIECE {
            match tokio::time::timeout(STEP, self.raw.next()).await {
                Ok(Some(bytes)) => self.waiting.extend_from_slice(&bytes?),
                Ok(None) => whole = true,
                Err(late) => return Err(StoreError::Unavailable(late.into())),
            }
            if !self.started && !self.waiting.is_empty() {
                if self.waiting[0] != FORMAT {
                    return Err(StoreError::Altered);
                }
                self.waiting.advance(1);
                self.started = true;
            }
        }
        let last = self.waiting.len() <= SEALED_PIECE;
        let size = self.waiting.len().min(SEALED_PIECE);
        let plain = self
            .pieces
            .open(self.waiting.split_to(size).to_vec(), last)?;
        self.left = self
            .left
            .checked_sub(plain.len() as u64)
            .ok_or(StoreError::Altered)?;
        if last && self.left > 0 {
            return Err(StoreError::Altered);
        }
        self.ended = last;
        Ok(Some((plain.into(), self)))
    }
}
