//! The service `RegistrationFiles`: what registrants attach to their answers is uploaded and read here. Which files belong to a registration
//! is said by its answers (`crates/attachments`).
//!
//! Files are claimed by the transaction that takes the seat ([`admission`](crate::admission)), and deleted with the answers when the seat is
//! given back.

pub mod rpc;
pub mod store;

use attachments::Attachments;
use files::uploads::{Purpose, Uploads};
use kit::db::Db;

use self::store::RegistrationFiles;

/// What is uploaded.
pub static PURPOSE: Purpose = attachments::purpose("registration_file");

/// The files of registrations.
pub const FILES: Attachments = Attachments {
    purpose: &PURPOSE,
    table: &RegistrationFiles,
};

/// Serves `cast.events.v1.RegistrationFiles`.
#[derive(Clone, Debug)]
pub struct Desk {
    /// The database.
    pub db: Db,
    /// What is uploaded.
    pub uploads: Uploads,
}
