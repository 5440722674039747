//! Ensures a single platform per directory.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use anyhow::{Context as _, Result, bail};

fn open(home: &Path) -> std::io::Result<File> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(home.join("lock"))
}

/// Held while the platform in `home` runs. The system releases it when the process ends in any way.
pub(crate) fn take(home: &Path) -> Result<File> {
    let file = open(home).with_context(|| format!("cannot write in {}", home.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!("the platform is running already"),
        Err(TryLockError::Error(error)) => Err(error).context("cannot lock"),
    }
}

/// Whether a platform runs in `home`.
pub fn is_held(home: &Path) -> bool {
    home.join("lock").exists()
        && open(home).is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}
