//! Where the files are. Each try of an export has an object of its own, so that a try that was given up never writes over
//! the file of another.

use bytes::Bytes;
use files::{Store, StoreError};
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};
use kit::errors::{Problem, Result};
use proto_exports::reasons;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::store::Record;

/// The sealed files of exports.
#[derive(Clone, Debug)]
pub(crate) struct Vault(Store);

/// A file that was stored.
#[derive(Debug)]
pub(crate) struct Stored {
    /// Bytes.
    pub size: i64,
    /// SHA-256.
    pub hash: Vec<u8>,
    /// The key of the content, sealed for the name of its object.
    pub key: Vec<u8>,
}

/// The name of the object of a try. Part of what its key is sealed for.
fn name(export_id: Uuid, number: i64) -> String {
    format!("exports/{export_id}/{number}")
}

impl Vault {
    pub(crate) fn new(store: Store) -> Self {
        Self(store)
    }

    /// Stores what comes until the sender is gone.
    pub(crate) async fn put(
        &self,
        export_id: Uuid,
        number: i64,
        pieces: mpsc::Receiver<Bytes>,
    ) -> Result<Stored> {
        let content = stream::unfold(pieces, |mut pieces| async move {
            let piece = pieces.recv().await?;
            Some((Ok::<_, std::convert::Infallible>(piece), pieces))
        });
        let stored = self.0.put(&name(export_id, number), content).await;
        let stored = stored.map_err(unavailable)?;
        Ok(Stored {
            size: i64::try_from(stored.length).unwrap_or(i64::MAX),
            hash: stored.sha256.to_vec(),
            key: stored.sealed_key,
        })
    }

    /// The content of a file that is ready. Its first piece has been read: what cannot be opened is an error here.
    pub(crate) async fn open(
        &self,
        record: &Record,
    ) -> Result<impl Stream<Item = Result<Bytes>> + Send + 'static> {
        let stored = stored(record).ok_or_else(|| {
            Problem::internal(anyhow::anyhow!("a file that is ready has no place"))
        })?;
        let mut content = self.0.get(&stored).map_err(unavailable).boxed();
        let first = content.next().await.transpose()?;
        Ok(stream::iter(first.map(Ok)).chain(content))
    }

    /// Deletes what a try has left; whether nothing of it is there. What is left is swept later.
    pub(crate) async fn delete(&self, export_id: Uuid, number: i64) -> bool {
        let deleted = self.0.delete(&name(export_id, number)).await;
        if let Err(error) = &deleted {
            tracing::warn!(%export_id, number, %error, "the file of an export could not be deleted yet");
        }
        deleted.is_ok()
    }

    /// Deletes what the tries before this one have left.
    pub(crate) async fn delete_before(&self, export_id: Uuid, number: i64) {
        for earlier in 1..number {
            self.delete(export_id, earlier).await;
        }
    }

    /// Deletes what all tries up to the last one have left; whether nothing is there.
    pub(crate) async fn delete_all(&self, export_id: Uuid, last: i64) -> bool {
        let mut all = true;
        for number in 1..=last {
            all &= self.delete(export_id, number).await;
        }
        all
    }
}

fn stored(record: &Record) -> Option<files::Stored> {
    Some(files::Stored {
        name: name(record.export_id, record.file_try?),
        sealed_key: record.file_key.clone()?,
        sha256: record.file_hash.as_deref()?.try_into().ok()?,
        length: u64::try_from(record.file_size?).ok()?,
    })
}

fn unavailable(error: StoreError) -> Problem {
    tracing::error!(error = %anyhow::Error::from(error), "the object store failed an export");
    Problem::of(&reasons::UNAVAILABLE)
}
