//! Announcements: registrants are told that their activity has changed or was cancelled.
//!
//! The change writes one row and a job, however many registrants there are. A worker asks identity to tell them, [`CHUNK`] with one event and
//! in one transaction with its progress: none is told twice when it dies in between. 100,000 registrants are 200 such transactions, and no
//! registration waits for them.

pub mod rules;
pub mod store;
mod worker;

use database::stored_enum;

pub use worker::{Announcer, KIND};

/// How many are told with one event.
pub const CHUNK: usize = 500;

stored_enum! {
    /// What is announced.
    pub enum Kind {
        /// The time or the place has changed.
        Changed = "changed",
        /// It does not take place.
        Cancelled = "cancelled",
    }
}
