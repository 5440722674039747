//! The platform of this source tree, and those of others on this machine.

use std::path::PathBuf;

use crate::{Addresses, workspace};
use anyhow::{Result, bail};

/// The data directory of this source tree's platform.
pub fn home() -> PathBuf {
    workspace().join(".cast")
}

/// The addresses of the running platform, or an error that says what to do.
pub fn running() -> Result<Addresses> {
    match Addresses::of_running(&home())? {
        Some(addresses) => Ok(addresses),
        None => bail!(
            "no platform of this directory is running; start it with `./cast up`\n{}",
            elsewhere()
        ),
    }
}

/// A line for each platform that was started from another directory; empty if there is none.
pub fn elsewhere() -> String {
    let others = Addresses::everywhere();
    let others = others.iter().filter(|(at, _)| *at != home());
    let lines = others.map(|(at, addresses)| {
        let root = at.parent().unwrap_or(at).display();
        format!(
            "{} runs from {root}: call ./cast there.\n",
            addresses.gateway_url
        )
    });
    lines.collect()
}
