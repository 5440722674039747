//! Files: content too large for a database, in a folder or in S3.
//!
//! * [`Store`]: objects. Content is sealed as it streams through, under a key of its own that the keys of the service seal
//!   (an envelope): who reads the disk or the bucket reads nothing, and an object that was cut, mixed up or altered never
//!   reads as whole.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests choose"))]

mod sealing;
mod settings;
mod store;

pub use settings::{Settings, SettingsError};
pub use store::{Store, StoreError, Stored};
