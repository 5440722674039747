//! Papers: certificates that a service issues about its records, downloads of them as PDF/A, and their public verification.
//!
//! ```text
//! Issue ──▶ may it, and can it be made? ──▶ number, facts sealed, audit ──commit──▶ Paper
//! Download ──▶ facts opened ──order──▶ renderer (a child process) ──PDF/A──▶ the holder
//! Verify (the link in the QR code) ──▶ signature ──▶ facts, and whether they still hold now
//! ```
//!
//! * A service implements [`Source`] for its records, names [`MIGRATOR`] among its schemas and forwards its methods to [`Papers`].
//! * A paper is a number and sealed facts. Its document is made whenever it is downloaded: the same facts give the same bytes, so none
//!   is stored.
//! * Whether a paper holds is not stored either: it is asked of the record at the moment of verification, and so cannot differ from it.
//!   A paper is superseded when another one is issued with other facts.
//! * The document is made by the program `renderer` in a child process, with no transaction open. [`renderers`] keeps them.
//!
//! | module | |
//! |---|---|
//! | `kind`, [`source`], `rules` | the words of a paper, what a service says, numbers and masks |
//! | `facts`, [`order`] | what is sealed, and what is asked of the renderer |
//! | `keys`, `store` | the tables |
//! | `papers`, `issue`, `wire` | the methods |

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests choose"))]

mod facts;
mod issue;
mod keys;
mod kind;
pub mod order;
mod papers;
mod rules;
pub mod source;
mod store;
mod wire;

pub use facts::Fact;
pub use kind::{Kind, Reason};
pub use papers::Papers;
pub use source::{Record, Source, Standing};

/// Creates or updates the schema `papers` in the database of a service.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();
