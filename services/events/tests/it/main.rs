//! The events service on real PostgreSQL, called through its gRPC services.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]
#![allow(clippy::disallowed_methods, reason = "the server of a test answers")]

mod activities;
mod admission;
mod announcements;
mod certificates;
mod changing_answers;
mod checkin;
mod content_review;
mod covers;
mod exports;
mod letters;
mod listed_answers;
mod lists;
mod measure;
mod million;
mod recorded;
mod registration_files;
mod registration_forms;
mod rights;
mod rush;
mod seed;
mod served;
mod ticket_keys;
mod two_worlds;
mod typed;
mod world;
