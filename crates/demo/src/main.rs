//! `demo <service>`: fills the database of a service of a development platform with demo accounts and activities, or with
//! synthetic people. A program of its own, so that the programs of production hold no made-up people. It takes the
//! settings of the service.

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;
use kit::lifecycle::demo;
use suite::Service;

#[derive(Parser)]
#[command(about, version)]
struct Arguments {
    /// The service whose database is filled.
    #[arg(value_parser = service)]
    service: Service,
    /// The folder with the data.
    #[arg(long)]
    seeds: PathBuf,
    /// Loads this many synthetic people and their activity instead of the demo data.
    #[arg(long)]
    scale: Option<u64>,
    /// A TOML file with settings, overridden by environment variables (CAST_*).
    #[arg(long)]
    config: Option<PathBuf>,
}

fn service(name: &str) -> Result<Service, String> {
    Service::named(name)
        .filter(|service| service.has_demo())
        .ok_or_else(|| {
            let names: Vec<_> = Service::with_demo().map(Service::name).collect();
            format!("one of {}", names.join(", "))
        })
}

fn main() -> ExitCode {
    let Arguments {
        service,
        seeds,
        scale,
        config,
    } = Arguments::parse();
    let config = config.as_deref();
    let filled = match service {
        Service::Identity => demo::fill::<identity::Service>(config, &seeds, scale),
        Service::Membership => demo::fill::<membership::Service>(config, &seeds, scale),
        Service::Events => demo::fill::<events::Service>(config, &seeds, scale),
        Service::Cockpit | Service::Gateway => Err(anyhow::anyhow!(
            "`services.toml` says that it has demo data"
        )),
    };
    match filled {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demo {service}: {error:#}");
            ExitCode::FAILURE
        }
    }
}
