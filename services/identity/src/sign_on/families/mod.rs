//! Token families: all tokens that came of one sign-in of a person at a site. Access tokens name their family, and userinfo and
//! introspection look it up, so what ends a family ends its tokens at once.
//!
//! A family lives as long as the session it came of; with `offline_access` it outlives the session, until the person withdraws their consent,
//! recovers the account, or the site has not used it for a while.

pub mod rules;
pub mod store;
