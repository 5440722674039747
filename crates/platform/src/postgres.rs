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
/// The system user that runs the server when we are root, which PostgreSQL refuses to be.
const SYSTEM_USER: &str = "postgres";

/// A PostgreSQL server of our own, listening on 127.0.0.1 only. Clones speak of the same server; when the last one is
/// dropped, or we end, it is stopped.
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
    /// Starts a server on the data in `directory`, which is created at the first start. Without a `port` a free one is
    /// taken. If we are root and the system's `postgres` user cannot reach `directory`, the data lies under `/var/tmp`.
    pub async fn start(
        directory: impl Into<PathBuf>,
        port: Option<u16>,
        keeping: Keeping,
    ) -> Result<Self> {
        let directory = directory.into();
        off_thread(move || Self::start_blocking(directory, None, port, keeping)).await
    }

    /// Starts a server whose data vanishes when it is dropped or we end.
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

    /// The address of a database on this server: `postgres://cast@127.0.0.1:5432/name`.
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

    /// Where it writes what it has to say.
    pub fn log(&self) -> PathBuf {
        self.server.log()
    }

    /// Where the data lies.
    pub fn home(&self) -> &Path {
        &self.server.home
    }

    /// Stops it: open transactions are rolled back, what was committed is kept. Nothing happens if it is stopped.
    pub async fn stop(&self) -> Result<()> {
        let server = self.server.clone();
        off_thread(move || server.end(Process::stop_blocking)).await
    }

    /// Kills it with -9. What was committed is kept even so: PostgreSQL recovers at the next start.
    pub async fn kill(&self) -> Result<()> {
        let server = self.server.clone();
        off_thread(move || server.end(Process::kill_blocking)).await
    }

    /// Starts it again on the same port and data. Nothing happens if it runs.
    pub async fn start_again(&self) -> Result<()> {
        let server = self.server.clone();
        off_thread(move || server.run()).await
    }

    /// Stops and starts it.
    pub async fn restart(&self) -> Result<()> {
        self.stop().await?;
        self.start_again().await
    }

    /// The server process, whose children are its connections; `None` if it does not run.
    pub fn pid(&self) -> Option<u32> {
        self.server.lock().as_ref().and_then(Process::pid)
    }

    /// Resolves when the server process has ended, for whatever reason; at once if it does not run.
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
        // Between looking for a free port and listening on it somebody else may take it.
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
        let mut process = spawn()?;
        while !ready(&data, process.pid()) {
            if let Some(status) = process.exit_status() {
                let said = tail(&log, 20);
                // A server that was killed leaves children behind, which notice after a moment.
                if !tail(&log, 2).contains("is still in use") || Instant::now() > deadline {
                    bail!("PostgreSQL did not start ({status}):\n{said}");
                }
                std::thread::sleep(Duration::from_millis(100));
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

/// The server says in its pid file (line 8) that it accepts connections. Line 1 must be the process we started: the
/// file of a server that was killed stays behind.
fn ready(data: &Path, pid: Option<u32>) -> bool {
    let text = std::fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    pid.is_some_and(|pid| lines.first() == Some(&pid.to_string().as_str()))
        && lines.get(7) == Some(&"ready")
}

fn initialise(binaries: &Path, home: &Path, keeping: Keeping) -> Result<()> {
    // Beside, and renamed when it is whole: one that is cut off looks like a finished one from its first files on.
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

/// Writes a file that only its owner can read, and gives it to the system user who needs it.
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

/// The directory the server may use, owned by the user who runs it.
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

/// The place for a data directory that the system user cannot reach where it was wanted; always the same one.
fn elsewhere(wanted: &Path) -> PathBuf {
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(wanted.as_os_str().as_encoded_bytes());
    PathBuf::from(format!("/var/tmp/cast-{}", &hex::encode(digest)[..16]))
}

/// Removes the data of a stopped server, wherever it had to be put.
pub(crate) fn remove(wanted: &Path) -> Result<()> {
    for home in [wanted.to_owned(), elsewhere(&std::path::absolute(wanted)?)] {
        if home.exists() {
            std::fs::remove_dir_all(&home)
                .with_context(|| format!("cannot remove {}", home.display()))?;
        }
    }
    Ok(())
}

/// The command, run as the system user if we are root.
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
