//! The addresses of a running platform, for other commands and for tests.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::secrets::write_private;
use suite::Service;

/// The addresses of the parts of a running platform.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Addresses {
    /// The process that runs the platform.
    pub pid: u32,
    /// The public entry: portal, REST, OpenID Connect.
    pub gateway_url: String,
    /// The services, including the gateway.
    pub services: BTreeMap<Service, ServiceAddresses>,
    /// A PostgreSQL URL with password and an existing database.
    pub postgres_url: String,
    /// The NATS address.
    pub nats_url: String,
    /// Where the development transport stores messages.
    pub mailbox: PathBuf,
    /// Where services keep files.
    #[serde(default)]
    pub files: PathBuf,
    /// The file with the secrets of this platform, if it has one.
    pub secrets: Option<PathBuf>,
}

/// The addresses of one service.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ServiceAddresses {
    /// Its gRPC address; for the gateway, its HTTP address.
    pub url: String,
    /// `/livez`, `/readyz`, `/metrics`.
    pub admin_url: String,
    /// The URL of its database, with the password.
    pub database_url: Option<String>,
    /// Its log file.
    pub log: PathBuf,
    /// Its further replicas, if it has any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<ReplicaAddresses>,
}

/// The addresses of a further replica of a service.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReplicaAddresses {
    /// Its gRPC address; for the gateway, its HTTP address.
    pub url: String,
    /// `/livez`, `/readyz`, `/metrics`.
    pub admin_url: String,
    /// Its log file.
    pub log: PathBuf,
}

impl ServiceAddresses {
    /// All replicas, the first one first.
    pub fn replicas(&self) -> Vec<ReplicaAddresses> {
        let first = ReplicaAddresses {
            url: self.url.clone(),
            admin_url: self.admin_url.clone(),
            log: self.log.clone(),
        };
        [first]
            .into_iter()
            .chain(self.others.iter().cloned())
            .collect()
    }
}

impl Addresses {
    /// The addresses of the platform that runs in `home` (`.cast`); `None` if none does.
    pub fn of_running(home: &Path) -> Result<Option<Self>> {
        let file = Self::file(home);
        let text = match std::fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", file.display()));
            }
        };
        // A platform that was killed leaves its file behind, but not its lock.
        if !crate::lock::is_held(home) {
            return Ok(None);
        }
        let addresses = serde_json::from_str(&text)
            .with_context(|| format!("{} is damaged", file.display()))?;
        Ok(Some(addresses))
    }

    pub(crate) fn file(home: &Path) -> PathBuf {
        home.join("platform.json")
    }

    pub(crate) fn record(&self, home: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self).context("cannot write addresses")?;
        // Private, because database URLs contain a password.
        write_private(&Self::file(home), &text)
    }

    /// Registers a platform in `home`, for [`everywhere`](Self::everywhere).
    pub fn announce(home: &Path) -> Result<()> {
        use sha2::Digest as _;
        let registry = registry();
        std::fs::create_dir_all(&registry)?;
        let name = hex::encode(sha2::Sha256::digest(home.as_os_str().as_encoded_bytes()));
        write_private(&registry.join(&name[..16]), &home.display().to_string())
    }

    /// The homes and addresses of all running platforms of this user.
    pub fn everywhere() -> Vec<(PathBuf, Self)> {
        let entries = std::fs::read_dir(registry())
            .into_iter()
            .flatten()
            .flatten();
        let homes = entries.filter_map(|entry| std::fs::read_to_string(entry.path()).ok());
        let running = homes.filter_map(|home| {
            let home = PathBuf::from(home);
            let addresses = Self::of_running(&home).ok().flatten()?;
            Some((home, addresses))
        });
        running.collect()
    }

    /// The internal secret of this platform, for calls between services.
    pub fn internal_secret(&self) -> Result<String> {
        let file = self
            .secrets
            .as_ref()
            .context("this platform keeps no secrets in a file")?;
        Ok(crate::secrets::Secrets::read(file)?.internal)
    }
}

/// The registry of this user's platforms: one file each, with the path of its home.
fn registry() -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let cache = cache.or_else(home).unwrap_or_else(std::env::temp_dir);
    cache.join("cast/platforms")
}
