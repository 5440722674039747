//! Secrets of a development platform, generated once and readable only by their owner.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use suite::Service;

/// The secrets of the services. Never printed: no `Debug`.
#[derive(Serialize, Deserialize)]
pub(crate) struct Secrets {
    /// Shared by the services to authenticate calls between them.
    pub(crate) internal: String,
    /// The versioned data keys of each service with a database: `1:<32 bytes in base64>`.
    pub(crate) data_keys: BTreeMap<Service, String>,
}

impl Secrets {
    /// Generates new ones.
    pub(crate) fn generate() -> Self {
        let mut secrets = Self {
            internal: random(),
            data_keys: BTreeMap::new(),
        };
        secrets.complete();
        secrets
    }

    /// Reads `file`; generates and stores missing ones.
    pub(crate) fn keep(file: &Path) -> Result<Self> {
        let mut secrets = match file.exists() {
            true => Self::read(file)?,
            false => Self::generate(),
        };
        if secrets.complete() || !file.exists() {
            let text = serde_json::to_string_pretty(&secrets).context("cannot write secrets")?;
            write_private(file, &text)?;
        }
        Ok(secrets)
    }

    /// Reads `file`.
    pub(crate) fn read(file: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is damaged", file.display()))
    }

    /// Generates data keys for services that lack them. Returns whether there were any.
    fn complete(&mut self) -> bool {
        let before = self.data_keys.len();
        for service in Service::callable() {
            let new = || format!("1:{}", random());
            self.data_keys.entry(service).or_insert_with(new);
        }
        self.data_keys.len() > before
    }
}

/// 32 random bytes from the system's generator, in base64.
fn random() -> String {
    STANDARD.encode(rand::random::<[u8; 32]>())
}

/// Writes a file that only its owner can read, atomically: a reader sees the old text or the new.
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn secrets_are_made_once_and_only_what_is_missing_is_added() {
        let scratch = crate::Scratch::new("secrets").unwrap();
        let file = scratch.path().join("secrets.json");
        let first = Secrets::keep(&file).unwrap();
        assert_eq!(Secrets::keep(&file).unwrap().internal, first.internal);

        let mut less = Secrets::read(&file).unwrap();
        less.data_keys.remove(&Service::Cockpit);
        write_private(&file, &serde_json::to_string(&less).unwrap()).unwrap();
        let completed = Secrets::keep(&file).unwrap();
        assert_eq!(completed.internal, first.internal);
        assert_eq!(
            completed.data_keys[&Service::Identity],
            first.data_keys[&Service::Identity]
        );
        assert!(completed.data_keys.contains_key(&Service::Cockpit));
        assert!(Secrets::read(&file).unwrap().data_keys == completed.data_keys);

        std::fs::write(&file, "{").unwrap();
        assert!(
            Secrets::keep(&file).is_err(),
            "damaged secrets are not replaced: data would be lost"
        );
    }
}
