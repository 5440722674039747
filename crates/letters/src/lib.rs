//! Letters: what an organisation writes to many people at once, its members or the registrants of an activity.
//!
//! ```text
//! Create ──▶ DRAFT ──Send──▶ SENDING ──job: 500 people a transaction──▶ SENT
//!              │ Try: to oneself    └────────────Stop───────────────▶ STOPPED
//!              └ Delete
//! ```
//!
//! * A service implements [`Source`]: who belongs to whom, and the permission. It names [`MIGRATOR`] among its schemas and forwards its
//!   methods to [`Letters`].
//! * Who writes sees no address. Recipients are told by a notice without the letter's words (identity knows by which ways they want to be
//!   told) and read it in the portal.
//! * Of each 500 people the notice, the progress and those who are left out commit together: none is told twice when a worker dies.
//! * What is sent is what was read: a send names the version.
//! * To the same people go [`rules::MOST`] letters within [`rules::WITHIN`]. Only those who may write to them use that up.
//!
//! | module | |
//! |---|---|
//! | `state`, `rules` | the words of a letter, what may be done when |
//! | `source` | what the service says |
//! | `store` | the tables |
//! | `letters`, `desk`, `received`, `wire` | the methods: of those who write, of those who read |
//! | `sending` | the job |

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests choose"))]

mod desk;
mod letters;
mod received;
pub mod rules;
mod sending;
mod source;
mod state;
mod store;
mod wire;

pub use desk::Written;
pub use letters::Letters;
pub use source::{Belongs, Owner, Source};
pub use state::State;

/// Creates or updates the schema `letters` in the database of a service.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();
