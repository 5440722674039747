//! Lists as files: XLSX and CSV, made in the background, kept sealed for a week.
//!
//! ```text
//! CreateExport ──▶ exports.exports (WAITING) ──turn──▶ job ──▶ one snapshot ──rows──▶ sheet ──pieces──▶ object store
//!                                                                                                     │
//! DownloadExport ◀── rights, consents and time looked at again ◀── READY ◀────────────────────────────┘
//! ```
//!
//! * A service implements [`Source`] for a list: its columns, its rows as the list shows them, the permission. It names
//!   [`MIGRATOR`] among its schemas and forwards its methods to [`Exports`].
//! * The right is checked when an export is asked for, when it is made and at each download. What was made for the
//!   organisation itself is not handed to a person who by now only stands above it.
//! * All rows are of one moment. When a consent is withdrawn afterwards, the file is deleted and not handed over.
//! * Of a person for an organisation one export runs at a time (`turns`); no other person waits for it.
//! * A file that is deleted loses its key first, so that nothing opens it even before the object is gone.
//!
//! | module | |
//! |---|---|
//! | `table`, [`csv`], [`xlsx`], [`sheet`] | columns, cells, and the two formats, written as a stream |
//! | `state`, `rules` | the words of an export, and what becomes of it |
//! | `store` | the table |
//! | `source` | what the service says |
//! | `exports`, `desk`, `wire` | the methods |
//! | `turns`, `runner`, `sweeper`, `workers`, `vault`, `rights` | the work in the background |

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests choose"))]

pub mod csv;
mod desk;
mod exports;
mod rights;
mod rules;
mod runner;
pub mod sheet;
mod source;
mod state;
mod store;
mod sweeper;
mod table;
mod turns;
mod vault;
mod wire;
mod workers;
pub mod xlsx;

pub use desk::Asked;
pub use exports::Exports;
pub use rules::{KEPT, MOST_UNDER_WAY};
pub use sheet::Sheet;
pub use source::{Rows, Source, Wanted};
pub use state::{Failure, Format, Kind, Language, Purpose, State};
pub use table::{Cell, Column, Heading, Spread, Title};

/// Creates or updates the schema `exports` in the database of a service.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();
