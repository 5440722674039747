//! The fonts of papers: installed if they are missing.

use std::{path::Path, process::Command};

use anyhow::{Context as _, Result};

use crate::{
    install::{apt_install, one_at_a_time},
    output::output,
};

/// Installs what the renderer in this directory misses. Without the fonts everything else works, so a failure is only said.
pub(crate) fn install(programs: &Path) {
    let renderer = programs.join("renderer");
    let check = || output(Command::new(&renderer).arg("check")).map(drop);
    if check().is_ok() {
        return;
    }
    let installed = || -> Result<()> {
        let _lock = one_at_a_time()?;
        let packages = output(Command::new(&renderer).arg("packages"))?;
        let packages: Vec<&str> = packages.split_whitespace().collect();
        apt_install(&packages).context("the fonts of certificates cannot be installed")?;
        check()
    };
    if let Err(error) = installed() {
        eprintln!("no certificates can be made here: {error:#}");
    }
}
