//! Where things lie.

use std::path::{Path, PathBuf};

/// The root of the source tree: the one whose launcher was called (`CAST_ROOT`), or else the one this was built from. Source trees can share a target
/// directory, and so a program.
pub fn workspace() -> PathBuf {
    if let Some(root) = std::env::var_os("CAST_ROOT").filter(|root| !root.is_empty()) {
        return root.into();
    }
    // crates/platform lies two levels below the root.
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// Where programs are installed that the machine does not have: `.cast/tools`, or `CAST_TOOLS_DIR`.
pub fn tools_directory() -> PathBuf {
    match std::env::var_os("CAST_TOOLS_DIR") {
        Some(directory) if !directory.is_empty() => directory.into(),
        _ => workspace().join(".cast/tools"),
    }
}
