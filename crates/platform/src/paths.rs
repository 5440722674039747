//! Paths.

use std::path::{Path, PathBuf};

/// The root of the source tree: that of the launcher (`CAST_ROOT`), or else the one this was built from. Source trees
/// can share a target directory, and so a program.
pub fn workspace() -> PathBuf {
    if let Some(root) = std::env::var_os("CAST_ROOT").filter(|root| !root.is_empty()) {
        return root.into();
    }
    // crates/platform is two levels below the root.
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// Directory of installed programs: `.cast/tools`, or `CAST_TOOLS_DIR`.
pub fn tools_directory() -> PathBuf {
    match std::env::var_os("CAST_TOOLS_DIR") {
        Some(directory) if !directory.is_empty() => directory.into(),
        _ => workspace().join(".cast/tools"),
    }
}
