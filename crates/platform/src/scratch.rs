//! A temporary directory that is removed after its last user has ended, even if this process is killed.

use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

/// Reads until every holder of the other end of the pipe has closed it: this process, and every process that works
/// inside.
const JANITOR: &str = r#"cat >/dev/null; rm -rf "$0""#;

/// A temporary directory. It is removed when this value is dropped (or this process has ended) and every process with a
/// [`holder`](Scratch::holder) has ended too.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
    keep: OwnedFd,
}

impl Scratch {
    /// A new directory below the system's temporary directory, only for its owner.
    pub fn new(name: &str) -> Result<Self> {
        let path = std::env::temp_dir().join(format!(
            "cast-{name}-{}-{:08x}",
            std::process::id(),
            rand::random::<u32>()
        ));
        std::fs::create_dir_all(&path)
            .with_context(|| format!("cannot create {}", path.display()))?;
        let mut janitor = Command::new("sh");
        janitor
            .args(["-c", JANITOR])
            .arg(&path)
            .process_group(0)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut child = janitor.spawn().context("cannot start sh")?;
        let keep = child
            .stdin
            .take()
            .context("the janitor has no standard input")?
            .into();
        // Only to avoid a zombie process.
        std::thread::Builder::new()
            .name("janitor".into())
            .spawn(move || child.wait())
            .context("cannot start a thread")?;
        Ok(Self { path, keep })
    }

    /// The path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// For the standard output of a process: while it runs, the directory remains.
    pub(crate) fn holder(&self) -> Result<Stdio> {
        Ok(self
            .keep
            .try_clone()
            .context("cannot share the janitor's pipe")?
            .into())
    }
}
