//! A made-up person.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::resident_id::Description;

/// A made-up person as the tables keep them.
pub(super) struct Entry {
    pub person_id: Uuid,
    pub account_id: Uuid,
    pub person_number: String,
    pub division_code: String,
    pub registered_at: OffsetDateTime,
    pub display_name_sealed: Vec<u8>,
    pub address_hash: [u8; 32],
    pub address_sealed: Vec<u8>,
    pub verified: Option<Proof>,
}

/// How they proved who they are.
pub(super) struct Proof {
    pub name_sealed: Vec<u8>,
    pub number_sealed: Vec<u8>,
    pub number_hash: [u8; 32],
    pub description: Option<Description>,
    pub at: OffsetDateTime,
}
