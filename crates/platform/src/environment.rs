//! The environment of a service's program: variables and arguments.

use std::{path::Path, process::Command};

use anyhow::{Context as _, Result};

use suite::Service;

use crate::{addresses::Addresses, secrets::Secrets};

/// The program that fills databases with made-up data.
pub const DEMO: &str = "demo";

/// The command that fills a service of a platform that runs elsewhere with synthetic people, up to `scale` of them, in the
/// environment that the service has there. `programs` is the directory of the program, `seeds` the folder of the data.
pub fn populate(
    addresses: &Addresses,
    programs: &Path,
    service: Service,
    seeds: &Path,
    scale: u64,
) -> Result<Command> {
    let secrets = addresses.secrets.as_ref();
    let secrets = Secrets::read(secrets.context("this platform keeps no secrets in a file")?)?;
    let mut command = Command::new(programs.join(DEMO));
    command
        .args(populating(service, seeds, scale))
        .envs(environment(service, addresses, &secrets));
    Ok(command)
}

/// The arguments of that program.
pub(crate) fn populating(service: Service, seeds: &Path, scale: u64) -> Vec<String> {
    let (seeds, scale) = (seeds.display().to_string(), scale.to_string());
    let arguments = [service.name(), "--seeds", &seeds, "--scale", &scale];
    arguments.map(str::to_owned).to_vec()
}

/// The environment variables of a service.
pub(crate) fn environment(
    service: Service,
    addresses: &Addresses,
    secrets: &Secrets,
) -> Vec<(String, String)> {
    let own = &addresses.services[&service];
    let mut environment = vec![
        ("CAST_ENVIRONMENT", "development".to_owned()),
        ("CAST_NATS_URL", addresses.nats_url.clone()),
        ("CAST_INTERNAL_SECRET", secrets.internal.clone()),
        ("CAST_PUBLIC_URL", addresses.gateway_url.clone()),
    ];
    if let Some(url) = &own.database_url {
        environment.push(("CAST_DATABASE_URL", url.clone()));
    }
    if let Some(keys) = secrets.data_keys.get(&service) {
        environment.push(("CAST_DATA_KEYS", keys.clone()));
    }
    if service == Service::Identity {
        let mailbox = addresses.mailbox.display().to_string();
        environment.push(("CAST_MAILBOX_DIR", mailbox));
        // All users of this machine share one address.
        environment.push(("CAST_CODES_PER_ORIGIN", "100000".to_owned()));
    }
    if matches!(service, Service::Membership | Service::Events) {
        // An absolute path, without signs that mean something in an address.
        let folder = url::Url::from_directory_path(&addresses.files);
        let folder = folder.map(String::from).unwrap_or_default();
        environment.push(("CAST_FILES_URL", folder));
    }
    let mut environment: Vec<(String, String)> = environment
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect();
    for other in Service::callable() {
        let key = format!("CAST_{}_URL", other.name().to_uppercase());
        let replicas = addresses.services[&other].replicas().into_iter();
        let urls: Vec<String> = replicas.map(|replica| replica.url).collect();
        environment.push((key, urls.join(",")));
    }
    environment
}
