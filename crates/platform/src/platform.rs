//! The whole platform: PostgreSQL, NATS and the five services.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tokio::task::JoinSet;

use crate::addresses::{Addresses, ReplicaAddresses, ServiceAddresses};
use crate::environment::{DEMO, environment, populating};
use crate::mailbox::{self, Message};
use crate::ports::{Reserve, usual_or_free};
use crate::process::{Process, Spec, off_thread, tail};
use crate::secrets::Secrets;
use crate::{Keeping, Nats, Postgres, Scratch, databases, http, lock};
use suite::Service;

/// Options of a platform.
#[derive(Debug, Clone)]
pub struct Options {
    /// Directory of its data and logs; without one it is a platform for a test, on free ports, and all of it is deleted
    /// at the end.
    pub home: Option<PathBuf>,
    /// The directory with the programs of the services, as Cargo built them: `target/debug`.
    pub programs: PathBuf,
    /// The directory with reference and demo data.
    pub seeds: PathBuf,
    /// A PostgreSQL server to use instead of a private one. The role in it must be allowed to create databases.
    pub postgres_url: Option<String>,
    /// A NATS server with JetStream to use instead of a private one.
    pub nats_url: Option<String>,
    /// Number of processes per service, the gateway too.
    pub replicas: usize,
    /// How many synthetic people a demonstration has, see [`Platform::populate`]; `None`: demo accounts and activities alone.
    pub people: Option<u64>,
    /// Further environment variables for every service, for example `CAST_LOG`.
    pub environment: Vec<(String, String)>,
    /// Called as each step begins.
    pub progress: fn(&str),
}

/// A running platform. When it is dropped, or this process ends, everything stops; [`stop`](Platform::stop) also waits
/// for it.
#[derive(Debug)]
pub struct Platform {
    home: PathBuf,
    keeping: Keeping,
    programs: PathBuf,
    addresses: Addresses,
    environments: BTreeMap<Service, Vec<(String, String)>>,
    processes: Mutex<BTreeMap<Replica, Process>>,
    nats: Option<Nats>,
    postgres: Option<Postgres>,
    scratch: Option<Scratch>,
    _lock: File,
}

/// A service that has applied no event of another one for so long does not hear it.
const HEARING: Duration = Duration::from_secs(60);

/// A process of a service, with the number of its replica from 0.
type Replica = (Service, usize);

/// A part of the platform that ended unexpectedly.
#[derive(Debug)]
pub struct Death {
    /// `identity`, `postgres`, …
    pub name: String,
    /// Its exit status, if known.
    pub status: Option<ExitStatus>,
    /// The end of its log.
    pub last_words: String,
}

impl Platform {
    /// Starts everything and returns when every service is ready.
    pub async fn start(options: Options) -> Result<Self> {
        let (home, keeping, scratch) = match options.home {
            Some(home) => (std::path::absolute(home)?, Keeping::Kept, None),
            None => {
                let scratch = Scratch::new("platform")?;
                (scratch.path().to_owned(), Keeping::Throwaway, Some(scratch))
            }
        };
        std::fs::create_dir_all(&home)
            .with_context(|| format!("cannot create {}", home.display()))?;
        // Messages contain one-time codes.
        for directory in ["log", "mailbox", "files"] {
            private_directory(&home.join(directory))?;
        }
        let lock = lock::take(&home)?;
        for name in Service::ALL.map(Service::name).into_iter().chain([DEMO]) {
            let program = options.programs.join(name);
            if !program.is_file() {
                bail!(
                    "{} is missing: run `cargo build --workspace --bins` first",
                    program.display()
                );
            }
        }
        let (postgres, postgres_url) = match options.postgres_url {
            Some(url) => (None, url),
            None => {
                (options.progress)("starting PostgreSQL");
                let postgres = match keeping {
                    Keeping::Kept => {
                        Postgres::start(home.join("postgres"), Some(usual_or_free(7120)), keeping)
                            .await?
                    }
                    Keeping::Throwaway => Postgres::throwaway().await?,
                };
                let url = postgres.url("postgres");
                (Some(postgres), url)
            }
        };
        let (nats, nats_url) = match options.nats_url {
            Some(url) => (None, url),
            None => {
                (options.progress)("starting NATS");
                let nats = match keeping {
                    Keeping::Kept => {
                        Nats::start(home.join("nats"), Some(usual_or_free(7121))).await?
                    }
                    Keeping::Throwaway => Nats::throwaway().await?,
                };
                let url = nats.url();
                (Some(nats), url)
            }
        };

        let secrets_file = (keeping == Keeping::Kept).then(|| home.join("secrets.json"));
        let secrets = match &secrets_file {
            Some(file) => Secrets::keep(file)?,
            None => Secrets::generate(),
        };
        let mut ports = Reserve::new(keeping == Keeping::Kept);
        let mut services = BTreeMap::new();
        for service in Service::ALL {
            let database_url = match service.database() {
                Some(name) => Some(databases::create(&postgres_url, name).await?),
                None => None,
            };
            // The first replicas use well-known ports; the others follow at a distance.
            let mut port = |usual| format!("http://127.0.0.1:{}", ports.take(usual));
            let addresses = ServiceAddresses {
                url: port(service.port()),
                admin_url: port(service.admin_port()),
                database_url,
                log: home.join(format!("log/{service}.log")),
                others: (1..options.replicas)
                    .map(|replica| ReplicaAddresses {
                        url: port(service.port() + 20 * replica as u16),
                        admin_url: port(service.admin_port() + 20 * replica as u16),
                        log: home.join(format!("log/{service}-{}.log", replica + 1)),
                    })
                    .collect(),
            };
            services.insert(service, addresses);
        }
        let gateway_port = services[&Service::Gateway]
            .url
            .rsplit(':')
            .next()
            .unwrap_or_default();
        let addresses = Addresses {
            pid: std::process::id(),
            // By name: browsers treat `localhost` as a secure context, and it is the OpenID issuer.
            gateway_url: format!("http://localhost:{gateway_port}"),
            services,
            postgres_url,
            nats_url,
            mailbox: home.join("mailbox"),
            files: home.join("files"),
            secrets: secrets_file,
        };
        let environments = Service::ALL
            .into_iter()
            .map(|service| {
                let mut environment = environment(service, &addresses, &secrets);
                if service == Service::Gateway && options.people.is_some() {
                    environment.push(("CAST_DEMONSTRATION".to_owned(), "true".to_owned()));
                }
                environment.extend(options.environment.iter().cloned());
                (service, environment)
            })
            .collect();
        let platform = Self {
            home,
            keeping,
            programs: options.programs,
            addresses,
            environments,
            processes: Mutex::default(),
            nats,
            postgres,
            scratch,
            _lock: lock,
        };
        drop(ports);
        let (seeds, people) = (&options.seeds, options.people);
        if let Err(error) = platform.bring_up(seeds, people, options.progress).await {
            // The original error matters more than one of the clean-up.
            let _ = platform.stop().await;
            return Err(error);
        }
        Ok(platform)
    }

    async fn bring_up(&self, folder: &Path, people: Option<u64>, progress: fn(&str)) -> Result<()> {
        for replica in Service::ALL
            .into_iter()
            .flat_map(|service| self.replicas(service))
        {
            let log = self.replica(replica).log;
            let _ = std::fs::rename(&log, log.with_extension("previous.log"));
        }
        let folder = std::path::absolute(folder)?;
        let seeds = folder.display().to_string();
        let steps: [(&str, &[&str]); 2] = [
            ("preparing the databases", &["migrate"]),
            ("loading reference data", &["seed", "--seeds", &seeds]),
        ];
        for (step, arguments) in steps {
            progress(step);
            for service in Service::callable() {
                self.run_to_end(service, service.name(), arguments).await?;
            }
        }
        progress("loading demo data");
        for service in Service::with_demo() {
            let arguments = [service.name(), "--seeds", &seeds];
            self.run_to_end(service, DEMO, &arguments).await?;
        }
        progress("starting the services");
        for service in Service::ALL {
            self.launch(service)?;
        }
        for service in Service::ALL {
            self.ready(service).await?;
        }
        self.settled().await?;
        // Last: the services apply its events as they come, and are ready before.
        if let Some(people) = people {
            progress("loading the demonstration country");
            for service in Service::with_demo() {
                self.populate(service, &folder, people).await?;
            }
        }
        if self.keeping == Keeping::Kept {
            self.addresses.record(&self.home)?;
        }
        Ok(())
    }

    /// Waits until every service has applied the events of the others, in particular those of the seeds: before that, a
    /// grant made in identity is not known elsewhere. Normally immediate; an error when nothing is applied for a minute.
    pub async fn settled(&self) -> Result<()> {
        for source in Service::callable() {
            let told = databases::told(self.database(source)?);
            let told = tokio::time::timeout(HEARING, told).await;
            let told = told.with_context(|| format!("the relay of {source} stands still"))??;
            if told == 0 {
                continue;
            }
            let listeners = Service::callable();
            for listener in listeners.filter(|other| other.hears().contains(&source)) {
                let url = self.database(listener)?;
                let (mut before, mut since) = (None, Instant::now());
                loop {
                    let heard = databases::heard(url, source).await?;
                    if heard >= told {
                        break;
                    }
                    if before != Some(heard) {
                        (before, since) = (Some(heard), Instant::now());
                    }
                    if since.elapsed() > HEARING {
                        bail!("{listener} does not hear {source}: {heard} of {told} events");
                    }
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
        Ok(())
    }

    fn database(&self, service: Service) -> Result<&str> {
        self.database_url(service).context("no database")
    }

    /// The addresses.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// The public address: `http://localhost:8080`.
    pub fn gateway_url(&self) -> &str {
        &self.addresses.gateway_url
    }

    /// The replicas of a service.
    fn replicas(&self, service: Service) -> impl Iterator<Item = Replica> + use<> {
        let count = 1 + self.addresses.services[&service].others.len();
        (0..count).map(move |number| (service, number))
    }

    fn replica(&self, (service, number): Replica) -> ReplicaAddresses {
        self.addresses.services[&service]
            .replicas()
            .swap_remove(number)
    }

    /// The gRPC address of a service; for the gateway, its HTTP address by IP.
    pub fn service_url(&self, service: Service) -> &str {
        &self.addresses.services[&service].url
    }

    /// The addresses of each replica of a service.
    pub fn replica_addresses(&self, service: Service) -> Vec<ReplicaAddresses> {
        self.addresses.services[&service].replicas()
    }

    /// The address of `/livez`, `/readyz` and `/metrics` of a service.
    pub fn admin_url(&self, service: Service) -> &str {
        &self.addresses.services[&service].admin_url
    }

    /// The URL of the database of a service; `None` for the gateway.
    pub fn database_url(&self, service: Service) -> Option<&str> {
        self.addresses.services[&service].database_url.as_deref()
    }

    /// The shared secret of the services.
    pub fn internal_secret(&self) -> &str {
        let environment = &self.environments[&Service::Identity];
        let secret = environment
            .iter()
            .find(|(key, _)| key == "CAST_INTERNAL_SECRET");
        secret.map_or("", |(_, value)| value)
    }

    /// The log file of a service.
    pub fn log(&self, service: Service) -> PathBuf {
        self.addresses.services[&service].log.clone()
    }

    /// The private PostgreSQL server, if there is one.
    pub fn postgres(&self) -> Option<&Postgres> {
        self.postgres.as_ref()
    }

    /// The private NATS server, if there is one.
    pub fn nats(&self) -> Option<&Nats> {
        self.nats.as_ref()
    }

    /// The messages to a mail address or phone number, oldest first.
    pub fn mailbox(&self, address: &str) -> Result<Vec<Message>> {
        mailbox::read(&self.addresses.mailbox, Some(address))
    }

    /// Every message, oldest first.
    pub fn all_mail(&self) -> Result<Vec<Message>> {
        mailbox::read(&self.addresses.mailbox, None)
    }

    /// Starts all replicas of a stopped or killed service, at their old addresses, and waits until they are ready.
    pub async fn start_service(&self, service: Service) -> Result<()> {
        self.launch(service)?;
        self.ready(service).await
    }

    /// Stops all replicas of a service gracefully and waits until they have ended.
    pub async fn stop_service(&self, service: Service) -> Result<()> {
        for replica in self.replicas(service) {
            self.end(replica, Process::stop_blocking).await?;
        }
        Ok(())
    }

    /// Kills all replicas of a service with -9.
    pub async fn kill_service(&self, service: Service) -> Result<()> {
        for replica in self.replicas(service) {
            self.end(replica, Process::kill_blocking).await?;
        }
        Ok(())
    }

    /// Starts one replica (from 0) of a service and waits until it is ready.
    pub async fn start_replica(&self, service: Service, number: usize) -> Result<()> {
        self.start_replica_with(service, number, &[]).await
    }

    /// The same with additional environment variables, for this start only.
    pub async fn start_replica_with(
        &self,
        service: Service,
        number: usize,
        environment: &[(&str, &str)],
    ) -> Result<()> {
        self.launch_replica((service, number), environment)?;
        self.replica_ready((service, number)).await
    }

    /// Stops one replica (from 0) of a service gracefully and waits until it has ended.
    pub async fn stop_replica(&self, service: Service, number: usize) -> Result<()> {
        self.end((service, number), Process::stop_blocking).await
    }

    /// Kills one replica (from 0) of a service with -9.
    pub async fn kill_replica(&self, service: Service, number: usize) -> Result<()> {
        self.end((service, number), Process::kill_blocking).await
    }

    /// Pauses all replicas of a service: they keep their connections and do not respond.
    pub fn pause_service(&self, service: Service) -> Result<()> {
        self.signal(service, "STOP")
    }

    /// Resumes a paused service.
    pub fn resume_service(&self, service: Service) -> Result<()> {
        self.signal(service, "CONT")
    }

    /// Pauses one replica (from 0) of a service: it keeps its connections and does not respond.
    pub fn pause_replica(&self, service: Service, number: usize) -> Result<()> {
        self.signal_replica((service, number), "STOP")
    }

    /// Resumes a paused replica.
    pub fn resume_replica(&self, service: Service, number: usize) -> Result<()> {
        self.signal_replica((service, number), "CONT")
    }

    /// The process id of the first replica of a service, while it runs.
    pub fn pid(&self, service: Service) -> Option<u32> {
        self.processes().get(&(service, 0))?.pid()
    }

    /// Waits until all replicas of a service are ready, for at most a minute.
    pub async fn ready(&self, service: Service) -> Result<()> {
        for replica in self.replicas(service) {
            self.replica_ready(replica).await?;
        }
        Ok(())
    }

    async fn replica_ready(&self, replica: Replica) -> Result<()> {
        let service = replica.0;
        let ReplicaAddresses { admin_url, log, .. } = self.replica(replica);
        let url = format!("{admin_url}/readyz");
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let answer = http::get(&url).await;
            if answer.as_ref().is_ok_and(|(status, _)| status.is_success()) {
                return Ok(());
            }
            let ended = self
                .processes()
                .get(&replica)
                .is_none_or(|process| process.exit_status().is_some());
            if ended {
                bail!("{service} did not start:\n{}", tail(&log, 20));
            }
            if Instant::now() > deadline {
                let said = match answer {
                    Ok((status, body)) => format!("{status} {}", String::from_utf8_lossy(&body)),
                    Err(error) => format!("{error:#}"),
                };
                bail!(
                    "{service} is not ready after a minute ({said}):\n{}",
                    tail(&log, 20)
                );
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Resolves when a part ends that was running when this was called.
    pub async fn death(&self) -> Death {
        let mut ends = JoinSet::new();
        for (replica, process) in self.processes().iter() {
            let (ended, log, name) = (
                process.ended(),
                self.replica(*replica).log,
                replica.0.to_string(),
            );
            ends.spawn(async move { (name, Some(ended.await), log) });
        }
        if let Some(postgres) = self.postgres.clone() {
            ends.spawn(async move {
                postgres.ended().await;
                ("PostgreSQL".to_owned(), None, postgres.log())
            });
        }
        if let Some(nats) = self.nats.clone() {
            ends.spawn(async move {
                nats.ended().await;
                ("NATS".to_owned(), None, nats.log())
            });
        }
        match ends.join_next().await {
            Some(Ok((name, status, log))) => Death {
                name,
                status,
                last_words: tail(&log, 20),
            },
            // Nothing runs that could end.
            _ => std::future::pending().await,
        }
    }

    /// Stops everything in order and waits for it: gateway, services, servers.
    pub async fn stop(self) -> Result<()> {
        if self.keeping == Keeping::Kept {
            let _ = std::fs::remove_file(Addresses::file(&self.home));
        }
        let mut first_error = None;
        for service in Service::ALL.into_iter().rev() {
            let result = self.stop_service(service).await;
            first_error = first_error.or(result.err());
        }
        if let Some(nats) = &self.nats {
            first_error = first_error.or(nats.stop().await.err());
        }
        if let Some(postgres) = &self.postgres {
            first_error = first_error.or(postgres.stop().await.err());
        }
        first_error.map_or(Ok(()), Err)
    }

    fn processes(&self) -> std::sync::MutexGuard<'_, BTreeMap<Replica, Process>> {
        self.processes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn command(
        &self,
        replica: Replica,
        program: &str,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Command {
        let service = replica.0;
        let own = self.replica(replica);
        let listen = |url: &str| url.trim_start_matches("http://").to_owned();
        let mut command = Command::new(self.programs.join(program));
        command
            .args(arguments)
            .env("CAST_LISTEN", listen(&own.url))
            .env("CAST_ADMIN_LISTEN", listen(&own.admin_url))
            .envs(self.environments[&service].iter().map(|(k, v)| (k, v)))
            .envs(environment.iter().copied())
            .current_dir(&self.home);
        command
    }

    fn spawn(
        &self,
        replica: Replica,
        program: &str,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Result<Process> {
        let log = self.replica(replica).log;
        // Another program in the environment of a service runs beside it, and must not end it as its predecessor.
        let pid_file = match program == replica.0.name() {
            true => log.with_extension("pid"),
            false => log.with_extension(format!("{program}.pid")),
        };
        let pid_file = self.home.join(pid_file.file_name().unwrap_or_default());
        Process::spawn(
            &Spec {
                name: replica.0.name(),
                log: &log,
                pid_file: &pid_file,
                stop_signal: "TERM",
                patience: Duration::from_secs(30),
                scratch: self.scratch.as_ref(),
            },
            &self.command(replica, program, arguments, environment),
        )
    }

    fn launch(&self, service: Service) -> Result<()> {
        self.replicas(service)
            .try_for_each(|replica| self.launch_replica(replica, &[]))
    }

    fn launch_replica(&self, replica: Replica, environment: &[(&str, &str)]) -> Result<()> {
        let mut processes = self.processes();
        let runs = processes
            .get(&replica)
            .is_some_and(|process| process.exit_status().is_none());
        if !runs {
            processes.insert(
                replica,
                self.spawn(replica, replica.0.name(), &["serve"], environment)?,
            );
        }
        Ok(())
    }

    /// Fills the database of a service with synthetic people, up to `scale` of them, and their activity. `seeds` is the
    /// folder of the reference data.
    pub async fn populate(&self, service: Service, seeds: &Path, scale: u64) -> Result<()> {
        let arguments = populating(service, seeds, scale);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        self.run_to_end(service, DEMO, &arguments).await
    }

    /// Runs a program in the environment of a service, and waits for its end.
    async fn run_to_end(&self, service: Service, program: &str, arguments: &[&str]) -> Result<()> {
        let process = self.spawn((service, 0), program, arguments, &[])?;
        let status = process.ended().await;
        if !status.success() {
            bail!(
                "`{program} {}` failed ({status}):\n{}",
                arguments.join(" "),
                tail(&self.log(service), 20)
            );
        }
        Ok(())
    }

    async fn end(
        &self,
        replica: Replica,
        how: impl FnOnce(&Process) -> Result<()> + Send + 'static,
    ) -> Result<()> {
        let process = self.processes().remove(&replica);
        match process {
            Some(process) => off_thread(move || how(&process)).await,
            None => Ok(()),
        }
    }

    fn signal(&self, service: Service, signal: &str) -> Result<()> {
        self.replicas(service)
            .try_for_each(|replica| self.signal_replica(replica, signal))
    }

    fn signal_replica(&self, replica: Replica, signal: &str) -> Result<()> {
        match self.processes().get(&replica) {
            Some(process) => process.signal(signal),
            None => bail!("{} does not run", replica.0),
        }
    }
}

fn private_directory(directory: &Path) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .with_context(|| format!("cannot create {}", directory.display()))
}
