//! Errors. Each module of a service has its own error enum, which becomes a [`Problem`] built from a documented reason; the
//! problem becomes a gRPC status with rich details, which the gateway reads again and renders as RFC 9457.
//!
//! The cause of an internal error is logged once, when the problem becomes a status, inside the span of the call. It
//! never reaches the caller.

mod database;
#[allow(clippy::module_inception)]
mod problem;
mod status;
mod words;

pub use problem::Problem;
pub use words::Words;

/// The result of a method.
pub type Result<T, E = Problem> = std::result::Result<T, E>;
