//! A private PostgreSQL server.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::install::is_root;
use crate::output::output;
use crate::process::{Process, Spec, off_thread, tail};
use crate::scratch::Scratch;
use crate::tools::postgres_binaries;
use crate::{keeping::Keeping, ports};

/// The database role that owns everything.
const ROLE: &str = "cast";
/// The system user that runs the server when this process is root, which PostgreSQL refuses.
const SYSTEM_USER: &str = "postgres";

/// A private PostgreSQL server, listening on 127.0.0.1 only. Clones refer to the same server; it stops when the last
/// one is dropped or this process ends.
#[derive(Debug, Clone)]
pub struct Postgres {
    server: Arc<Server>,
}

#[derive(Debug)]
struct Server {
    binaries: PathBuf,
    home: PathBuf,
    port: u16,
    password: Option<String>,
    keeping: Keeping,
    process: Mutex<Option<Process>>,
    scratch: Option<Scratch>,
}

impl Postgres {
    /// Starts a server on the data in `directory`, which is created if missing. Without a `port` a free one is used. As
    /// root, if the system's `postgres` user cannot access `directory`, the data is under `/var/tmp`.
    pub async fn start(
        directory: impl Into<PathBuf>,
        port: Option<u16>,
        keeping: Keeping,
    ) -> Result<Self> {
        let directory = directory.into();
        off_thread(move || Self::start_blocking(directory, None, port, keeping)).await
    }

    /// Starts a server whose data is deleted when it is dropped or this process ends.
    pub async fn throwaway() -> Result<Self> {
        off_thread(|| {
            let scratch = Scratch::new("postgres")?;
            Self::start_blocking(
                scratch.path().to_owned(),
                Some(scratch),
                None,
                Keeping::Throwaway,
            )
        })
        .await
    }

    /// The URL of a database on this server: `postgres://cast@127.0.0.1:5432/name`.
    pub fn url(&self, database: &str) -> String {
        let server = &self.server;
        match &server.password {
            Some(password) => format!(
                "postgres://{ROLE}:{password}@127.0.0.1:{}/{database}",
                server.port
            ),
            None => format!("postgres://{ROLE}@127.0.0.1:{}/{database}", server.port),
        }
    }

    /// The port it listens on; the same after a restart.
    pub fn port(&self) -> u16 {
        self.server.port
    }

    /// Its log file.
    pub fn log(&self) -> PathBuf {
        self.server.log()
    }

    /// The data directory.
    pub fn home(&self) -> &Path {
        &self.server.home
    }

    /// Stops it: open transactions are rolled back, committed ones kept. No effect if it is stopped.
    pub async fn stop(&self) -> Result<()> {
        let server = self.server.clone();
        off_thread(move || server.end(Process::stop_blocking)).await
    }

    /// Kills it with -9. Committed transactions are kept: PostgreSQL recovers at the next start.
    pub async fn kill(&self) -> Result<()> {
        let server = self.server.clone();
        off_thread(move || server.end(Process::kill_blocking)).await
    }

    /// Starts it again on the same port and data. No effect if it runs.
    pub async fn start_again(&self) -> Result<()> {
        let server = self.server.clone();
        off_thread(move || server.run()).await
    }

    /// Stops and starts it.
    pub async fn restart(&self) -> Result<()> {
        self.stop().await?;
        self.start_again().await
    }

    /// The server process, the parent of its connections; `None` if it does not run.
    pub fn pid(&self) -> Option<u32> {
        self.server.lock().as_ref().and_then(Process::pid)
    }

    /// Resolves when the server process has ended, for any reason; at once if it does not run.
    pub async fn ended(&self) {
        let ended = self.server.lock().as_ref().map(Process::ended);
        if let Some(ended) = ended {
            ended.await;
        }
    }

    fn start_blocking(
        directory: PathBuf,
        scratch: Option<Scratch>,
        port: Option<u16>,
        keeping: Keeping,
    ) -> Result<Self> {
        let home = reachable_home(directory)?;
        let data = home.join("data");
        let initialised = std::fs::read_to_string(data.join("PG_VERSION")).ok();
        let major = initialised.and_then(|major| major.trim().parse().ok());
        let binaries = postgres_binaries(major)?;
        if major.is_none() {
            initialise(&binaries, &home, keeping)?;
        }
        let password = match keeping {
            Keeping::Kept => Some(
                std::fs::read_to_string(home.join("password"))
                    .context("cannot read the password")?,
            ),
            Keeping::Throwaway => None,
        };
        let mut server = Server {
            binaries,
            home,
            port: 0,
            password,
            keeping,
            process: Mutex::new(None),
            scratch,
        };
        // Another process may take the port between finding and binding it.
        let mut attempts = if port.is_some() { 1 } else { 5 };
        loop {
            server.port = port.unwrap_or_else(ports::free_port);
            attempts -= 1;
            match server.run() {
                Ok(()) => {
                    return Ok(Self {
                        server: Arc::new(server),
                    });
                }
                Err(_) if attempts > 0 && tail(&server.log(), 20).contains("could not bind") => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Server {
    fn log(&self) -> PathBuf {
        self.home.join("postgres.log")
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Process>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) -> Result<()> {
        let mut current = self.lock();
        if current
            .as_ref()
            .is_some_and(|process| process.exit_status().is_none())
        {
            return Ok(());
        }
        let data = self.home.join("data");
        let mut command = as_system_user(&self.binaries.join("postgres"));
        command.arg("-D").arg(&data).current_dir("/");
        let port = format!("port={}", self.port);
        let common = [
            "listen_addresses=127.0.0.1",
            &port,
            "unix_socket_directories=",
            "max_connections=300",
        ];
        let throwaway = [
            "fsync=off",
            "full_page_writes=off",
            "autovacuum_naptime=10s",
        ];
        let settings = common.iter().chain(match self.keeping {
            Keeping::Kept => [].iter(),
            Keeping::Throwaway => throwaway.iter(),
        });
        for setting in settings {
            command.args(["-c", setting]);
        }
        let log = self.log();
        let deadline = Instant::now() + Duration::from_secs(120);
        let spawn = || {
            Process::spawn(
                &Spec {
                    name: "postgres",
                    log: &log,
                    pid_file: &self.home.join("postgres.pid"),
                    // Fast shutdown: does not wait for clients.
                    stop_signal: "INT",
                    patience: Duration::from_secs(30),
                    scratch: self.scratch.as_ref(),
                },
                &command,
            )
        };
        let mut before = length(&log);
        let mut process = spawn()?;
        while !ready(&data, process.pid()) {
            if let Some(status) = process.exit_status() {
                let said = tail(&log, 20);
                // A killed server leaves children behind, which end after a moment and write into the same log.
                let still_in_use = after(&log, before).contains("is still in use");
                if !still_in_use || Instant::now() > deadline {
                    bail!("PostgreSQL did not start ({status}):\n{said}");
                }
                std::thread::sleep(Duration::from_millis(100));
                before = length(&log);
                process = spawn()?;
            }
            if Instant::now() > deadline {
                bail!(
                    "PostgreSQL is not ready after two minutes:\n{}",
                    tail(&log, 20)
                );
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        *current = Some(process);
        Ok(())
    }

    fn end(&self, how: impl FnOnce(&Process) -> Result<()>) -> Result<()> {
        match self.lock().take() {
            Some(process) => how(&process),
            None => Ok(()),
        }
    }
}

fn length(log: &Path) -> usize {
    std::fs::metadata(log).map_or(0, |log| usize::try_from(log.len()).unwrap_or(usize::MAX))
}

/// What was written into a log behind its first `length` bytes.
fn after(log: &Path, length: usize) -> String {
    let log = std::fs::read(log).unwrap_or_default();
    String::from_utf8_lossy(log.get(length..).unwrap_or_default()).into_owned()
}

/// The server records in its pid file (line 8) that it accepts connections. Line 1 must be the process started here:
/// the file of a killed server remains.
fn ready(data: &Path, pid: Option<u32>) -> bool {
    let text = std::fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    pid.is_some_and(|pid| lines.first() == Some(&pid.to_string().as_str()))
        && lines.get(7) == Some(&"ready")
}

fn initialise(binaries: &Path, home: &Path, keeping: Keeping) -> Result<()> {
    // Created under another name and renamed when complete: an interrupted one looks complete from its first files on.
    let (unfinished, data) = (home.join("data.unfinished"), home.join("data"));
    let _ = std::fs::remove_dir_all(&unfinished);
    let mut initdb = as_system_user(&binaries.join("initdb"));
    initdb
        .arg("-D")
        .arg(&unfinished)
        .args([
            "-U",
            ROLE,
            "--encoding=UTF8",
            "--locale=C",
            "--no-instructions",
        ])
        .current_dir("/");
    match keeping {
        Keeping::Throwaway => initdb.args(["--auth=trust", "--no-sync"]),
        Keeping::Kept => {
            let file = home.join("password");
            write_private(&file, &hex::encode(rand::random::<[u8; 24]>()))?;
            initdb.arg("--auth=scram-sha-256").arg("--pwfile").arg(file)
        }
    };
    if let Err(error) = output(&mut initdb) {
        let _ = std::fs::remove_dir_all(&unfinished);
        return Err(error.context("cannot create a PostgreSQL data directory"));
    }
    std::fs::rename(&unfinished, &data).context("cannot move the data directory into place")
}

/// Writes a file that only its owner can read, and makes the system user its owner.
fn write_private(path: &Path, text: &str) -> Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let _ = std::fs::remove_file(path);
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    file.write_all(text.as_bytes()).context("cannot write")?;
    if is_root() {
        output(Command::new("chown").arg(SYSTEM_USER).arg(path))?;
    }
    Ok(())
}

/// A directory that the server can access, owned by its user.
fn reachable_home(wanted: PathBuf) -> Result<PathBuf> {
    let prepare = |home: &Path| -> Result<()> {
        std::fs::create_dir_all(home)
            .with_context(|| format!("cannot create {}", home.display()))?;
        if is_root() {
            output(Command::new("chown").arg(SYSTEM_USER).arg(home)).context(
                "PostgreSQL cannot run as root, and there is no user `postgres` to run it",
            )?;
        }
        Ok(())
    };
    let wanted = std::path::absolute(wanted).context("no current directory")?;
    prepare(&wanted)?;
    let reachable = |home: &Path| {
        let test = output(
            as_system_user(Path::new("test"))
                .arg("-w")
                .arg(home)
                .arg("-a")
                .arg("-x")
                .arg(home),
        );
        test.is_ok()
    };
    if !is_root() || reachable(&wanted) {
        return Ok(wanted);
    }
    let elsewhere = elsewhere(&wanted);
    prepare(&elsewhere)?;
    if !reachable(&elsewhere) {
        bail!(
            "the user `{SYSTEM_USER}` can use neither {} nor {}",
            wanted.display(),
            elsewhere.display()
        );
    }
    Ok(elsewhere)
}

/// The replacement for a data directory that the system user cannot access; deterministic.
fn elsewhere(wanted: &Path) -> PathBuf {
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(wanted.as_os_str().as_encoded_bytes());
    PathBuf::from(format!("/var/tmp/cast-{}", &hex::encode(digest)[..16]))
}

/// Removes the data of a stopped server, at its actual place.
pub(crate) fn remove(wanted: &Path) -> Result<()> {
    for home in [wanted.to_owned(), elsewhere(&std::path::absolute(wanted)?)] {
        if home.exists() {
            std::fs::remove_dir_all(&home)
                .with_context(|| format!("cannot remove {}", home.display()))?;
        }
    }
    Ok(())
}

/// The command, run as the system user if this process is root.
fn as_system_user(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args([
        &format!("--reuid={SYSTEM_USER}"),
        &format!("--regid={SYSTEM_USER}"),
        "--clear-groups",
        "--",
    ]);
    command.arg(program);
    command
}
