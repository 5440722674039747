//! Activities (活动) of organisations: registration, tickets, check-in and credits.
//!
//! | module | what it does |
//! |---|---|
//! | [`schedule`] | the times of an activity, and what is computed from them alone |
//! | [`activities`] | the states of an activity; the public list |
//! | [`content_routes`], [`content_review`] | review of an activity before it is published |
//! | [`admission`] | taking seats, also thousands in the same second |
//! | [`announcements`] | telling registrants that their activity has changed or was cancelled |
//! | [`registrations`] | registrations: cancelling, lists |
//! | [`registration_forms`] | what an activity asks those who register, and their answers |
//! | [`registration_files`], [`registration_uploads`] | what registrants attach to their answers |
//! | [`registration_exports`] | registrations as a file |
//! | [`registration_letters`] | letters to registrants |
//! | [`tickets`] | the signed token in the QR code |
//! | [`checkin`] | verifying the ticket, recording attendance, booking the credit |
//! | [`covers`] | cover pictures of activities |
//! | [`credits`] | the credits of a person |
//! | [`certificates`] | attendances on paper |
//! | [`seed`] | demo activities, in development only |
//!
//! The directory and the crate are called events; what an organisation holds is called an activity, so that "event" alone always means a
//! message of the event log.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests choose"))]

pub mod activities;
pub mod admission;
pub mod announcements;
pub mod certificates;
pub mod checkin;
pub mod content_review;
pub mod content_routes;
pub mod covers;
pub mod credits;
pub mod registration_exports;
pub mod registration_files;
pub mod registration_forms;
pub mod registration_letters;
pub mod registration_uploads;
pub mod registrations;
pub mod schedule;
pub mod seed;
mod service;
mod settings;
pub mod tickets;

use kit::{
    clock::{Clock, SHANGHAI},
    crypto::Keys,
    db::Db,
};
use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};

pub use service::Service;
pub use settings::Settings;

/// What this service implements of the contract.
mod contract {
    proto_events::methods!();
}

/// The dependencies of the modules.
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

/// A moment as it is displayed: `2026-05-01 09:30`, Beijing time.
pub(crate) fn beijing_time(moment: OffsetDateTime) -> String {
    moment
        .checked_to_offset(SHANGHAI)
        .unwrap_or(moment)
        .format(MINUTE)
        // Formatting cannot fail: every moment has these five parts.
        .unwrap_or_default()
}
