//! The chassis of a service. A service implements [`Service`], and its `main` is one line:
//!
//! ```ignore
//! fn main() -> std::process::ExitCode {
//!     kit::run::<identity::Service>()
//! }
//! ```
//!
//! | module | |
//! |---|---|
//! | [`lifecycle`] | `serve`, `migrate`, `seed`, `keys`; startup and shutdown; workers; probes and metrics |
//! | [`config`] | `CAST_*` variables |
//! | [`server`] | the gRPC server and its layers, outermost first |
//! | [`access`] | authentication and authorisation: roles, tokens, the layer, [`access::Caller`] |
//! | [`call`] | what a method receives: caller, message, rights, replay, audit, pages |
//! | [`validation`] | the limits that the proto files declare |
//! | [`db`] | transactions and idempotent requests |
//! | [`errors`] | errors: [`errors::Problem`] |
//! | [`audit`] | the audit trail |
//! | [`crypto`], [`sealed`] | the keys that encrypt and hash; encrypted text columns |
//! | [`paging`], [`wire`], [`clock`] | page tokens; timestamps, dates, ids, etags; the current time |
//! | [`client`] | channels to other services |
//! | [`outside`] | calls to addresses that people have typed in |
//! | [`telemetry`] | log lines, traces, metrics |
//!
//! Invariants: no method is served without its access option and limits being checked; a refusal never reveals whether
//! the requested record exists; neither log lines nor errors contain contents of messages.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests choose"))]

pub mod access;
pub mod audit;
pub mod call;
pub mod client;
pub mod config;
pub mod crypto;
pub mod db;
pub mod lifecycle;
pub mod notices;
pub mod outside;
pub mod paging;
pub mod sealed;
pub mod server;
pub mod telemetry;
pub mod validation;
pub mod wire;

pub use ::problem as errors;
pub use ambient::{chance, clock};
pub use call::Call;
pub use lifecycle::{Chassis, KeyChange, Service, Worker, run};
pub use server::Routes;
