//! The chassis of a service. A service says what it is ([`Service`]) and `main` is one line:
//!
//! ```ignore
//! fn main() -> std::process::ExitCode {
//!     kit::run::<identity::Service>()
//! }
//! ```
//!
//! Where things are:
//!
//! | module | |
//! |---|---|
//! | [`lifecycle`] | `serve`, `migrate`, `seed`; the order of starting and stopping; workers; probes and metrics |
//! | [`config`] | `CAST_*` variables |
//! | [`server`] | the gRPC server and its layers, outermost first |
//! | [`access`] | who calls and what they may: roles, tokens, the layer, [`access::Caller`] |
//! | [`call`] | what a method gets: caller, message, rights, replay, audit, pages |
//! | [`validation`] | the limits that the proto files state |
//! | [`db`] | transactions, and answers that are given once |
//! | [`errors`] | how a refusal travels: [`errors::Problem`] |
//! | [`audit`] | who did what |
//! | [`crypto`] | encrypted columns and keyed hashes |
//! | [`paging`], [`wire`], [`clock`] | page tokens; moments, days, ids, etags; the present |
//! | [`client`] | channels to other services |
//! | [`telemetry`] | log lines, traces, metrics |
//!
//! What must hold: no method is served without its access option and its limits being checked; a refusal never tells whether what
//! was asked for exists; neither log lines nor errors carry contents of messages.

pub mod access;
pub mod audit;
pub mod call;
pub mod client;
pub mod config;
pub mod crypto;
pub mod db;
pub mod errors;
pub mod lifecycle;
pub mod paging;
pub mod server;
pub mod telemetry;
pub mod validation;
pub mod wire;

pub use ambient::{chance, clock};
pub use call::Call;
pub use lifecycle::{Chassis, Service, Worker, run};
pub use server::Routes;
