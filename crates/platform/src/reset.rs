//! Deletes a platform.

use crate::{lock, postgres};

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
