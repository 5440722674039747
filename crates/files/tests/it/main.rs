//! Files on a real disk and in a real database.
#![allow(clippy::disallowed_methods, reason = "tests choose")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod measure;
mod objects;
mod s3;
mod scanning;
mod sweeping;
mod uploading;
mod world;
