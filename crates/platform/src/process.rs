//! A child process that cannot outlive this process.
//!
//! A small shell script between this process and the server holds the reading end of a pipe. While this process lives
//! it forwards signals; when the process ends in any way (returned, panicked, killed with -9), the kernel closes the
//! pipe and the script stops the server. A parent-death signal would not do: Linux sends it when the *thread* that
//! spawned the child ends, and in a test that is long before the process ends.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tokio::sync::watch;

use crate::scratch::Scratch;

/// `$0` log file, `$1` pid file, `$2` signal that stops the server, `$3` seconds until it is killed, then the command.
/// The subshell's `read` is a builtin, so killing the subshell leaves nothing behind but a `sleep` of one second.
const SUPERVISOR: &str = r#"
log=$0 pid_file=$1 stop=$2 patience=$3; shift 3
exec 3<&0 </dev/null
"$@" 3<&- >>"$log" 2>&1 &
child=$!
echo "$child" >"$pid_file"
(
  while read -r signal <&3; do kill -s "$signal" "$child"; done
  kill -s CONT "$child"; kill -s "$stop" "$child"
  while [ "$patience" -gt 0 ]; do sleep 1 3<&-; patience=$((patience - 1)); done
  kill -s KILL "$child"
) >/dev/null 2>&1 &
watch=$!
exec 3<&-
wait "$child"; status=$?
kill "$watch" 2>/dev/null
rm -f "$pid_file"
exit "$status"
"#;

/// What to run, and its files.
#[derive(Debug)]
pub struct Spec<'a> {
    /// A name for messages: `postgres`, `identity`.
    pub name: &'a str,
    /// Standard output and error are appended here.
    pub log: &'a Path,
    /// Holds the server's process id while it runs.
    pub pid_file: &'a Path,
    /// The signal for a graceful stop, without `SIG`: `TERM`, `INT`.
    pub stop_signal: &'static str,
    /// Grace period before it is killed.
    pub patience: Duration,
    /// A directory that must exist until the server has ended.
    pub scratch: Option<&'a Scratch>,
}

/// A running (or ended) server process. Dropping it stops the server without waiting.
#[derive(Debug)]
pub struct Process {
    name: String,
    pid_file: PathBuf,
    patience: Duration,
    commands: Mutex<Option<ChildStdin>>,
    exit: watch::Receiver<Option<ExitStatus>>,
}

impl Process {
    /// Starts `command` (with its arguments, environment and working directory, but not its standard streams).
    pub fn spawn(spec: &Spec<'_>, command: &Command) -> Result<Self> {
        end_predecessor(spec);
        let mut shell = Command::new("sh");
        shell
            .args(["-c", SUPERVISOR])
            .arg(spec.log)
            .arg(spec.pid_file)
            .arg(spec.stop_signal)
            .arg(spec.patience.as_secs().max(1).to_string())
            .arg(command.get_program())
            .args(command.get_args());
        for (key, value) in command.get_envs() {
            match value {
                Some(value) => shell.env(key, value),
                None => shell.env_remove(key),
            };
        }
        if let Some(directory) = command.get_current_dir() {
            shell.current_dir(directory);
        }
        // A separate process group: Ctrl-C reaches only this process, which stops the children in order.
        shell
            .process_group(0)
            .stdin(Stdio::piped())
            .stderr(Stdio::null());
        shell.stdout(match spec.scratch {
            Some(scratch) => scratch.holder()?,
            None => Stdio::null(),
        });
        let mut child = shell
            .spawn()
            .with_context(|| format!("cannot start {}", spec.name))?;
        let commands = child.stdin.take();
        let (sender, exit) = watch::channel(None);
        std::thread::Builder::new()
            .name(format!("wait-{}", spec.name))
            .spawn(move || {
                let status = child.wait().unwrap_or_default();
                sender.send_replace(Some(status));
            })
            .context("cannot start a thread")?;
        Ok(Self {
            name: spec.name.to_owned(),
            pid_file: spec.pid_file.to_owned(),
            patience: spec.patience,
            commands: Mutex::new(commands),
            exit,
        })
    }

    /// The server's process id, while it runs.
    pub fn pid(&self) -> Option<u32> {
        std::fs::read_to_string(&self.pid_file)
            .ok()?
            .trim()
            .parse()
            .ok()
    }

    /// Its exit status; `None` while it runs.
    pub fn exit_status(&self) -> Option<ExitStatus> {
        *self.exit.borrow()
    }

    /// Resolves when the process has ended.
    pub fn ended(&self) -> impl Future<Output = ExitStatus> + Send + use<> {
        let mut exit = self.exit.clone();
        async move {
            // The sender's thread always sends before it ends.
            match exit.wait_for(Option::is_some).await {
                Ok(status) => status.unwrap_or_default(),
                Err(_) => ExitStatus::default(),
            }
        }
    }

    /// Sends a signal, named without `SIG`: `KILL`, `STOP`, `CONT`, `QUIT`.
    pub fn signal(&self, signal: &str) -> Result<()> {
        let mut commands = self.commands.lock().unwrap_or_else(PoisonError::into_inner);
        match commands.as_mut() {
            Some(pipe) => {
                writeln!(pipe, "{signal}").with_context(|| format!("{} has ended", self.name))
            }
            None => bail!("{} has been stopped", self.name),
        }
    }

    /// Stops it gracefully and waits until it has ended.
    pub fn stop_blocking(&self) -> Result<()> {
        drop(
            self.commands
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        self.wait_blocking()
    }

    /// Kills it with -9 and waits until it is gone.
    pub fn kill_blocking(&self) -> Result<()> {
        if self.exit_status().is_none() {
            // An error means that it has just ended, as intended.
            let _ = self.signal("KILL");
        }
        self.stop_blocking()
    }

    fn wait_blocking(&self) -> Result<()> {
        let deadline = Instant::now() + self.patience + Duration::from_secs(10);
        while self.exit_status().is_none() {
            if Instant::now() > deadline {
                bail!("{} does not end", self.name);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }
}

/// Stops a process whose starter was killed and that still runs. Normally its supervisor does so when its pipe closes;
/// this covers a supervisor that is gone too.
fn end_predecessor(spec: &Spec<'_>) {
    let start = Instant::now();
    let mut asked = false;
    while start.elapsed() < spec.patience + KILLED {
        let Some(pid) = predecessor(spec) else {
            return;
        };
        let signal = match start.elapsed() {
            waited if waited > spec.patience => Some("KILL"),
            waited if waited > SUPERVISED && !asked => Some(spec.stop_signal),
            _ => None,
        };
        if let Some(signal) = signal {
            asked = true;
            // It may have just ended.
            let _ = Command::new("kill")
                .args(["-s", signal, &pid.to_string()])
                .output();
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Timeout of the supervisor's start.
const SUPERVISED: Duration = Duration::from_secs(3);
/// Timeout of a killed process' end.
const KILLED: Duration = Duration::from_secs(5);

/// The process of the pid file, if it is still the one that wrote it.
fn predecessor(spec: &Spec<'_>) -> Option<u32> {
    let written = std::fs::metadata(spec.pid_file).ok()?.modified().ok()?;
    let pid: u32 = std::fs::read_to_string(spec.pid_file)
        .ok()?
        .trim()
        .parse()
        .ok()?;
    let process = PathBuf::from(format!("/proc/{pid}"));
    let command = std::fs::read_to_string(process.join("cmdline")).ok()?;
    // The number may have been reused by a process that began after the file was written.
    let began = std::fs::metadata(&process).ok()?.modified().ok()?;
    let same = command.contains(spec.name) && began <= written + Duration::from_secs(1);
    same.then_some(pid)
}

/// The last `lines` lines of a log, for a message about a server that did not start or died.
pub fn tail(log: &Path, lines: usize) -> String {
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

/// Runs a blocking step without blocking the caller's runtime.
pub(crate) async fn off_thread<T: Send + 'static>(
    step: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    match tokio::task::spawn_blocking(step).await {
        Ok(result) => result,
        Err(error) => bail!("a step was cut off: {error}"),
    }
}
