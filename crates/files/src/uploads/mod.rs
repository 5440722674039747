//! Uploads: a file in parts, each sent as often as it takes, to any replica.
//!
//! ```text
//! created ─ part 1 … part n, in any order ─▶ complete (checked, clean copy made) ─▶ claimed by a record
//!    └────────────── 24 hours later, or by its owner ──▶ swept ◀──────┘
//! ```
//!
//! * Its owner alone sees an upload, goes on with it, and claims it; for others there is none.
//! * A part that is sent again with the same content is answered as before; with another one it is replaced.
//! * Complete: the content is what its purpose takes, by how it begins and by being read as a whole.
//! * Claimed: by [`claim`], in the transaction of the record that refers to it. An upload that no record claims within a day
//!   is swept away. A claim and a sweep at the same moment wait for each other, and one of them finds nothing.

mod error;
pub mod methods;
mod rules;
mod service;
mod store;
mod sweep;

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

pub use error::Error;
pub use rules::{MAX_UNCLAIMED, MAX_UNCLAIMED_BYTES, PART_BYTES, parts};
pub use service::{Content, Face, NewUpload, Piece, Uploads};
pub use store::{
    Asked, claim, claim_waiting, claimed, completed, lock_waiting, refer, release, unreferenced,
};
pub use sweep::{sweep, worker};

use crate::store::Stored;

/// How long an upload waits to be claimed.
pub const KEPT: Duration = Duration::hours(24);

/// What a file is for.
#[derive(Debug, PartialEq, Eq)]
pub struct Purpose {
    /// As it is stored, e.g. `organisation_logo`.
    pub name: &'static str,
    /// The largest file.
    pub max_bytes: u64,
    /// What it may be.
    pub kinds: &'static [Kind],
}

/// What a file can be. Each of them can be read as a whole and written again without what its author does not see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Portable Network Graphics.
    Png,
    /// JPEG.
    Jpeg,
    /// WebP.
    Webp,
    /// Portable Document Format (ISO 32000).
    Pdf,
}

impl Kind {
    /// As in `Content-Type`.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
            Self::Pdf => "application/pdf",
        }
    }
}

/// An upload as its owner sees it.
#[derive(Clone, Debug)]
pub struct Upload {
    /// UUIDv7.
    pub upload_id: Uuid,
    /// Bytes of the whole file.
    pub size: u64,
    /// Numbers of the parts that have arrived, in their order.
    pub parts: Vec<i32>,
    /// The type of the content, once it is complete.
    pub content_type: Option<String>,
    /// When it was complete and checked.
    pub completed_at: Option<OffsetDateTime>,
    /// Swept after this, unless a record claims it.
    pub expires_at: OffsetDateTime,
}

/// A file that a record refers to, as people know it.
#[derive(Clone, Debug)]
pub struct Described {
    /// UUIDv7.
    pub upload_id: Uuid,
    /// As on the device of its owner.
    pub name: String,
    /// The type of the content.
    pub content_type: String,
    /// Bytes of the whole file.
    pub size: u64,
}

/// A file that a record refers to.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// UUIDv7.
    pub upload_id: Uuid,
    /// The clean copy.
    pub clean: Stored,
    /// The type of the clean copy.
    pub clean_type: String,
}
