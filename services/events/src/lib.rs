//! Activities (活动): what an organisation invites to, who has a seat, who was there, and what that is worth.
//!
//! | module | what it does |
//! |---|---|
//! | [`schedule`] | the times of an activity, and what follows from them alone |
//! | [`activities`] | from the draft to the end; the public list |
//! | [`admission`] | taking a seat, also when thousands want one in the same second |
//! | [`registrations`] | who holds a seat; giving it back; lists |
//! | [`tickets`] | the signed text in the QR code |
//! | [`checkin`] | reading it, recording attendance, booking the credit |
//! | [`credits`] | what a person was credited with |
//! | [`seed`] | demo activities, in development only |
//!
//! The directory and the crate are called events; what it keeps is called an activity, so that "event" alone always means
//! a message of the event log.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests choose"))]

pub mod activities;
pub mod admission;
pub mod checkin;
pub mod credits;
pub mod divisions;
pub mod registrations;
pub mod schedule;
pub mod seed;
mod service;
pub mod tickets;

use kit::{
    clock::{Clock, SHANGHAI},
    crypto::Keys,
    db::Db,
};
use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};

pub use service::{Service, Settings, routes, routes_with};

/// What this service implements of the contract.
mod contract {
    proto::events_methods!();
}

/// What the modules work with.
#[derive(Clone, Debug)]
pub struct Context {
    /// The service's database.
    pub db: Db,
    /// Seals names.
    pub keys: Keys,
    /// The present moment.
    pub clock: Clock,
}

const MINUTE: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day] [hour]:[minute]");

/// A moment in a sentence for people: `2026-05-01 09:30`, Beijing time.
pub(crate) fn beijing_time(moment: OffsetDateTime) -> String {
    moment
        .checked_to_offset(SHANGHAI)
        .unwrap_or(moment)
        .format(MINUTE)
        // Every moment has these five parts; if not, no time is better than no answer.
        .unwrap_or_default()
}
