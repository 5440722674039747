//! What a service needs that asks people to fill in forms: staff write a draft together, a person who has not worked on it publishes it as
//! the next version, and people answer that version.
//!
//! ```text
//! SaveDraft ──▶ draft ──published by another person──▶ version 1, 2, 3 … ──answered──▶ answers, sealed beside what they belong to
//! ```
//!
//! The methods are the service's own: they check rights, lock, audit and commit. Between that they call [`desk`], which does what is the
//! same everywhere, over a [`Shelf`]: where drafts and versions are stored. [`Tables`] is the schema `forms`, which [`MIGRATOR`] makes; a
//! service that has tables of its own implements the trait.
//!
//! | module | |
//! |---|---|
//! | `rules` | who publishes |
//! | [`desk`] | reading, saving, discarding, publishing |
//! | `shelf`, `store` | where drafts and versions are |
//! | [`wire`] | forms as messages |
//! | [`filter`], [`listing`] | filters of lists by what was answered, and the rows that they find |
//! | [`answers`] | what people answered: checked, evaluated, sealed |
//!
//! What a form may ask and how answers are evaluated is the crate `forms`, which is pure.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests choose"))]

pub mod answers;
pub mod desk;
mod error;
pub mod filter;
pub mod listing;
mod rules;
mod shelf;
mod store;
pub mod wire;

pub use error::Error;
pub use shelf::{Draft, Held, Shelf, Version};
pub use store::Tables;

/// Creates or updates the schema `forms` in the database of a service.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();
