//! Texts of encrypted columns.

use kit::sealed::SealedColumn;

/// Of accounts: what people are called.
pub(crate) const DISPLAY_NAME: SealedColumn = SealedColumn::new("identity.display_name");
/// Of accounts: what people sign in with.
pub(crate) const ADDRESS: SealedColumn = SealedColumn::new("identity.address");
/// Of one-time codes: where they were sent.
pub(crate) const CODE_ADDRESS: SealedColumn = SealedColumn::new("identity.code.address");
/// Of persons: the name that the authority has confirmed.
pub(crate) const PERSON_NAME: SealedColumn = SealedColumn::new("identity.person.name");
/// Of persons: the number that goes with it.
pub(crate) const RESIDENT_ID: SealedColumn = SealedColumn::new("identity.person.resident-id");
/// Of requests of sites: the address that a site suggests.
pub(crate) const LOGIN_HINT: SealedColumn = SealedColumn::new("identity.login-hint");
/// Of requests that sites have pushed: their parameters.
pub(crate) const PUSHED_REQUEST: SealedColumn = SealedColumn::new("identity.pushed-request");
