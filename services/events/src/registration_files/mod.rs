//! Which files belong to a registration: those that its answers name (`crates/attachments`).
//!
//! Files are claimed by the transaction that takes the seat ([`admission`](crate::admission)), and deleted with the answers when the seat is
//! given back. How they are uploaded and read is [`registration_uploads`](crate::registration_uploads).

pub mod store;

use attachments::Attachments;
use files::uploads::Purpose;

use self::store::RegistrationFiles;

/// What is uploaded.
pub static PURPOSE: Purpose = attachments::purpose("registration_file");

/// The files of registrations.
pub const FILES: Attachments = Attachments {
    purpose: &PURPOSE,
    table: &RegistrationFiles,
};
