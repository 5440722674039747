//! The platform on one machine.
//!
//! Finds or installs PostgreSQL and NATS, and runs private instances of both and the services, all as child processes
//! that listen on 127.0.0.1 only and end with this process. `cast up` and the tests use the same code.
#![allow(
    clippy::disallowed_methods,
    reason = "a tool of development: it starts programs and makes secrets up"
)]
#![allow(clippy::print_stdout, reason = "it speaks on standard output")]
mod addresses;
pub mod build;
mod databases;
mod environment;
mod fonts;
pub mod here;
pub mod http;
pub mod install;
mod internal_token;
mod keeping;
mod lock;
pub mod mailbox;
mod nats;
mod output;
mod paths;
mod platform;
pub mod portal;
mod ports;
mod postgres;
mod print;
mod process;
mod reset;
mod scratch;
mod secrets;
mod tools;

pub use addresses::{Addresses, ReplicaAddresses, ServiceAddresses};
pub use environment::{DEMO, populate};
pub use internal_token::internal_token;
pub use keeping::Keeping;
pub use lock::is_held;
pub use nats::Nats;
pub use paths::{tools_directory, workspace};
pub use platform::{Death, Options, Platform};
pub use ports::free_port;
pub use postgres::Postgres;
pub use print::print;
pub use process::{Process, Spec, tail};
pub use reset::reset;
pub use scratch::Scratch;
pub use suite::Service;
pub use tools::{nats_server, postgres_binaries};
