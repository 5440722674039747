//! The platform on one machine.
//!
//! Finds or installs PostgreSQL and NATS, runs private instances of both and the services beside them, all as child
//! processes that listen on 127.0.0.1 only and end when we end. `cast up` and the tests use the same code.

mod addresses;
mod databases;
pub mod http;
pub mod install;
mod lock;
pub mod mailbox;
mod nats;
mod platform;
mod ports;
mod postgres;
mod process;
mod scratch;
mod secrets;
mod service;
mod surroundings;
mod tools;

pub use addresses::{Addresses, ReplicaAddresses, ServiceAddresses};
pub use lock::is_held;
pub use nats::Nats;
pub use platform::{Death, Options, Platform};
pub use ports::free_port;
pub use postgres::Postgres;
pub use process::{Process, Spec, tail};
pub use scratch::Scratch;
pub use service::Service;
pub use surroundings::command;
pub use tools::{nats_server, postgres_binaries, tools_directory, workspace};

/// How much a server's data is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// Kept between runs: the server writes safely and asks for a password.
    Kept,
    /// For a test: no fsync, no password.
    Throwaway,
}

/// Removes what a stopped platform has left in `home`: databases, streams, messages, logs, secrets. Installed tools stay.
pub fn reset(home: &std::path::Path) -> anyhow::Result<()> {
    if !home.exists() {
        return Ok(());
    }
    let _lock = lock::take(home)?;
    postgres::remove(&home.join("postgres"))?;
    for entry in std::fs::read_dir(home)?.flatten() {
        let path = entry.path();
        let keep = ["tools", "lock"].iter().any(|name| path.ends_with(name));
        match keep {
            true => {}
            false if entry.file_type()?.is_dir() => std::fs::remove_dir_all(&path)?,
            false => std::fs::remove_file(&path)?,
        }
    }
    Ok(())
}
