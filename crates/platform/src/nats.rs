//! A private NATS server with JetStream.

use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::ports;
use crate::process::{Process, Spec, off_thread, tail};
use crate::scratch::Scratch;
use crate::tools::nats_server;

/// A private NATS server with JetStream, listening on 127.0.0.1 only. Clones refer to the same server; it stops when
/// the last one is dropped or this process ends.
#[derive(Debug, Clone)]
pub struct Nats {
    server: Arc<Server>,
}

#[derive(Debug)]
struct Server {
    program: PathBuf,
    home: PathBuf,
    port: u16,
    process: Mutex<Option<Process>>,
    scratch: Option<Scratch>,
}

impl Nats {
    /// Starts a server on the streams in `directory`, which is created if missing. Without a `port` a free one is used.
    pub async fn start(directory: impl Into<PathBuf>, port: Option<u16>) -> Result<Self> {
        let directory = directory.into();
        off_thread(move || Self::start_blocking(directory, None, port)).await
    }

    /// Starts a server whose streams are deleted when it is dropped or this process ends.
    pub async fn throwaway() -> Result<Self> {
        off_thread(|| {
            let scratch = Scratch::new("nats")?;
            Self::start_blocking(scratch.path().to_owned(), Some(scratch), None)
        })
        .await
    }

    /// Its address: `nats://127.0.0.1:4222`.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.server.port)
    }

    /// The port it listens on; the same after a restart.
    pub fn port(&self) -> u16 {
        self.server.port
    }

    /// Its log file.
    pub fn log(&self) -> PathBuf {
        self.server.log()
    }

    /// Stops it gracefully. No effect if it is stopped.
    pub async fn stop(&self) -> Result<()> {
        let server = self.server.clone();
        off_thread(move || server.end(Process::stop_blocking)).await
    }

    /// Kills it with -9.
    pub async fn kill(&self) -> Result<()> {
        let server = self.server.clone();
        off_thread(move || server.end(Process::kill_blocking)).await
    }

    /// Starts it again on the same port and streams. No effect if it runs.
    pub async fn start_again(&self) -> Result<()> {
        let server = self.server.clone();
        off_thread(move || server.run()).await
    }

    /// Stops it, deletes every stream, consumer and message, and starts it again.
    pub async fn wipe(&self) -> Result<()> {
        let server = self.server.clone();
        off_thread(move || {
            server.end(Process::stop_blocking)?;
            let streams = server.home.join("jetstream");
            if streams.exists() {
                std::fs::remove_dir_all(&streams)
                    .with_context(|| format!("cannot remove {}", streams.display()))?;
            }
            server.run()
        })
        .await
    }

    /// The server process; `None` if it does not run.
    pub fn pid(&self) -> Option<u32> {
        self.server
            .process
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .and_then(Process::pid)
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
    ) -> Result<Self> {
        let home = std::path::absolute(directory).context("no current directory")?;
        std::fs::create_dir_all(&home)
            .with_context(|| format!("cannot create {}", home.display()))?;
        let mut server = Server {
            program: nats_server()?,
            home,
            port: 0,
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
                Err(_)
                    if attempts > 0
                        && tail(&server.log(), 20).contains("address already in use") => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Server {
    fn log(&self) -> PathBuf {
        self.home.join("nats.log")
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
        // The server creates a file here when it listens, and removes it when it stops.
        let ports = self.home.join("ports");
        let _ = std::fs::remove_dir_all(&ports);
        std::fs::create_dir_all(&ports)
            .with_context(|| format!("cannot create {}", ports.display()))?;
        let mut command = Command::new(&self.program);
        command.args([
            "--addr",
            "127.0.0.1",
            "--port",
            &self.port.to_string(),
            "--jetstream",
        ]);
        // NATS creates a directory `jetstream` below it.
        command
            .arg("--store_dir")
            .arg(&self.home)
            .arg("--ports_file_dir")
            .arg(&ports)
            .current_dir(&self.home);
        let log = self.log();
        let process = Process::spawn(
            &Spec {
                name: "nats-server",
                log: &log,
                pid_file: &self.home.join("nats.pid"),
                stop_signal: "TERM",
                patience: Duration::from_secs(10),
                scratch: self.scratch.as_ref(),
            },
            &command,
        )?;
        let deadline = Instant::now() + Duration::from_secs(60);
        while std::fs::read_dir(&ports).is_ok_and(|mut files| files.next().is_none()) {
            if let Some(status) = process.exit_status() {
                bail!("NATS did not start ({status}):\n{}", tail(&log, 20));
            }
            if Instant::now() > deadline {
                bail!("NATS is not ready after a minute:\n{}", tail(&log, 20));
            }
            std::thread::sleep(Duration::from_millis(5));
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
