//! Review of the content of an activity before it is published, along the route of its organisation
//! ([`content_routes`](crate::content_routes)).
//!
//! * [`rpc`]: the service. [`review`]: what its methods do. [`reminders`]: what waits too long.

pub mod reminders;
pub mod review;
pub mod rpc;
mod store;
