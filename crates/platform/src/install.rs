//! Installs programs that are missing on the machine.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::{output::output, paths::tools_directory};

/// Installs packages of a Debian or Ubuntu system, as root or with sudo.
pub fn apt_install(packages: &[&str]) -> Result<()> {
    if !Path::new("/usr/bin/apt-get").exists() {
        bail!(
            "this system has no apt-get to install {} with",
            packages.join(", ")
        );
    }
    let apt = |arguments: &[&str]| -> Result<()> {
        let mut command = match is_root() {
            true => Command::new("apt-get"),
            false => {
                let mut sudo = Command::new("sudo");
                sudo.arg("apt-get");
                sudo
            }
        };
        command
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdout(Stdio::null());
        let status = command.status().context("cannot run apt-get")?;
        if !status.success() {
            bail!("`apt-get {}` failed", arguments.join(" "));
        }
        Ok(())
    };
    eprintln!("installing {} …", packages.join(", "));
    let install = [&["install", "-y", "--no-install-recommends"], packages].concat();
    // Package lists may be missing on a fresh machine; refreshing existing ones only costs time.
    apt(&install).or_else(|_| apt(&["update", "-qq"]).and_then(|()| apt(&install)))
}

/// A virtual Python environment below the tools directory, with pip; returns its `python`.
pub fn python(name: &str) -> Result<PathBuf> {
    let home = tools_directory().join(name);
    let program = home.join("bin/python");
    let has_pip = |program: &Path| output(Command::new(program).args(["-m", "pip", "--version"]));
    if has_pip(&program).is_ok() {
        return Ok(program);
    }
    let create = || {
        let arguments = ["-m", "venv", "--clear"];
        output(Command::new("python3").args(arguments).arg(&home))
    };
    create()
        .or_else(|_| apt_install(&["python3-venv"]).and_then(|()| create()))
        .context("Python 3 with `venv` is needed (Debian: the package python3-venv)")?;
    has_pip(&program)?;
    Ok(program)
}

/// Serialises installations: the first process installs, the others wait and find the result.
pub fn one_at_a_time() -> Result<File> {
    let tools = tools_directory();
    std::fs::create_dir_all(&tools)
        .with_context(|| format!("cannot create {}", tools.display()))?;
    let lock = File::create(tools.join(".lock")).context("cannot create a lock file")?;
    lock.lock().context("cannot lock")?;
    Ok(lock)
}

/// Whether the process runs as root, which PostgreSQL refuses.
pub(crate) fn is_root() -> bool {
    output(Command::new("id").arg("-u")).is_ok_and(|uid| uid.trim() == "0")
}
