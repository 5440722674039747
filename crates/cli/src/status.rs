//! `cast status`.

use std::fmt::Write as _;

use anyhow::Result;
use platform::{Addresses, Service, http};

use platform::{
    here::{elsewhere, home},
    print,
};

/// Prints each replica of each service with its addresses and whether it is ready.
pub async fn run() -> Result<()> {
    let Some(addresses) = Addresses::of_running(&home())? else {
        let here = "No platform of this directory is running. `./cast up` starts it.\n";
        return print(&format!("{here}{}", elsewhere()));
    };
    let mut text = format!("{} (process {})\n\n", addresses.gateway_url, addresses.pid);
    writeln!(
        text,
        "{:<12}{:<26}{:<26}state",
        "service", "address", "probes and metrics"
    )?;
    for service in Service::ALL {
        let Some(own) = addresses.services.get(&service) else {
            continue;
        };
        for replica in own.replicas() {
            let state = match http::get(&format!("{}/readyz", replica.admin_url)).await {
                Ok((status, _)) if status.is_success() => "ready".to_owned(),
                Ok((_, body)) => format!("not ready: {}", String::from_utf8_lossy(&body).trim()),
                Err(_) => "does not answer".to_owned(),
            };
            writeln!(
                text,
                "{:<12}{:<26}{:<26}{state}",
                service.name(),
                replica.url,
                replica.admin_url
            )?;
        }
    }
    writeln!(text, "\nNATS        {}", addresses.nats_url)?;
    writeln!(text, "PostgreSQL  {}", addresses.postgres_url)?;
    print(&text)
}
