//! Files: content too large for a database, in a folder or in S3.
//!
//! * [`Store`]: objects. Content is sealed as it streams through, under a key of its own that the keys of the service seal
//!   (an envelope): who reads the disk or the bucket reads nothing, and an object that was cut, mixed up or altered never
//!   reads as whole.
//! * [`uploads`]: what people send, in parts, until a record of the service claims it.
//! * [`Picture`]: pixels without metadata, in sizes for pages.
//! * [`pictures`]: what everybody sees, after a second person has published it.
//! * [`Scanner`]: an optional virus scanner.
//!
//! A service that keeps files names [`MIGRATOR`] among its schemas, and runs [`uploads::worker`].

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests choose"))]

mod picture;
pub mod pictures;
mod scanner;
mod sealing;
mod settings;
mod store;
pub mod uploads;

use sqlx::migrate::Migrator;

pub use picture::{Picture, sizes};
pub use scanner::{Scanner, Verdict};
pub use settings::{Settings, SettingsError};
pub use store::{Store, StoreError, Stored};

/// Creates or updates the schema `files` in the database of a service.
pub static MIGRATOR: Migrator = sqlx::migrate!();
