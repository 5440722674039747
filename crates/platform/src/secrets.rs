//! Secrets of a development platform, made once and kept where only their owner can read them.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::service::Service;

/// What the services need and nobody else may know. Never printed: it has no `Debug`.
#[derive(Serialize, Deserialize)]
pub(crate) struct Secrets {
    /// Shared by the services: proves that a call comes from one of them.
    pub(crate) internal: String,
    /// The versioned data keys of each service that has some: `1:<32 bytes in base64>`.
    pub(crate) data_keys: BTreeMap<Service, String>,
}

impl Secrets {
    /// New ones.
    pub(crate) fn generate() -> Self {
        let with_keys = Service::ALL
            .into_iter()
            .filter(|service| service.has_data_keys());
        Self {
            internal: random(),
            data_keys: with_keys
                .map(|service| (service, format!("1:{}", random())))
                .collect(),
        }
    }

    /// Those in `file`; new ones are made and kept there if it does not exist.
    pub(crate) fn keep(file: &Path) -> Result<Self> {
        if file.exists() {
            let text = std::fs::read_to_string(file)
                .with_context(|| format!("cannot read {}", file.display()))?;
            return serde_json::from_str(&text)
                .with_context(|| format!("{} is damaged", file.display()));
        }
        let secrets = Self::generate();
        let text = serde_json::to_string_pretty(&secrets).context("cannot write secrets")?;
        write_private(file, &text)?;
        Ok(secrets)
    }
}

/// 32 random bytes from the system's generator, in base64.
fn random() -> String {
    STANDARD.encode(rand::random::<[u8; 32]>())
}

/// Writes a file that only its owner can read, in one step: a reader sees the old text or the new, never half.
pub(crate) fn write_private(path: &Path, text: &str) -> Result<()> {
    let beside = path.with_extension("new");
    let write = || -> std::io::Result<()> {
        let _ = std::fs::remove_file(&beside);
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&beside)?;
        file.write_all(text.as_bytes())?;
        std::fs::rename(&beside, path)
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}
