//! The live overview: from a commit to every open screen within a second, at the price of one reading a scope.
//!
//! ```text
//! Projection ── committed ── Changes ──┬── Screens ── one task a scope ── watch ── a stream a screen
//!                              │ NOTIFY │ LISTEN, and a look at the checkpoints every second
//!                              └────────┴── Changes of the other replicas
//! ```
//!
//! Only one replica consumes events; the others learn of it by NOTIFY, which is sent after the commit on a connection of its own.
//! A NOTIFY that is lost is made good by the look at the checkpoints.

mod changes;
mod screens;

pub use changes::{Changes, follow, pass_on};
pub use screens::{GAP, Screens, rights};
