//! Runs the platform of an overlay on this machine: NATS with the configuration of the manifests, the Jobs, and the
//! programs with exactly their environment. Only addresses, files and secrets are replaced.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use platform::{Process, Scratch, Spec, free_port, http, nats_server, tail, workspace};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::manifests::{Manifests, Pods, Source, list, name, text};
use super::monitoring;
use crate::context::Context as Shared;
use platform::build;

/// Timeout of a start, or of event propagation, on a busy machine.
const START_TIMEOUT: Duration = Duration::from_secs(90);
/// In the manifests, and its replacement on this machine, where the server has no certificate.
const TLS: (&str, &str) = (
    "?sslmode=verify-full&sslrootcert=/etc/cast/database/ca.crt",
    "?sslmode=disable",
);

/// Starts everything, waits for event propagation, and stops it. Returns the names of the served metrics.
pub async fn run(shared: &mut Shared, manifests: &Manifests) -> Result<BTreeSet<String>> {
    let programs = build::services(false)?;
    let cluster = Cluster::new(shared, manifests, programs).await?;
    let mut running: Vec<(&str, Process)> = Vec::new();
    let servers = cluster.nats()?;
    // In the order of the documentation.
    for component in ["migration", "reference-data", "demo-data"] {
        let pods = manifests.pods();
        for job in pods.iter().filter(|pods| pods.kind == "Job") {
            if job
                .labels
                .get("app.kubernetes.io/component")
                .is_some_and(|one| one == component)
            {
                cluster.job(job).await?;
            }
        }
    }
    for service in manifests
        .pods()
        .iter()
        .filter(|pods| pods.kind == "Deployment")
    {
        running.push((service.name, cluster.spawn(service)?));
    }
    for service in cluster.services.keys() {
        cluster.ready(service, &running).await?;
    }
    cluster.settled().await?;
    cluster.streams().await?;
    let mut metrics = BTreeSet::new();
    for ports in cluster.services.values() {
        let (_, page) = http::get(&format!("http://127.0.0.1:{}/metrics", ports.admin)).await?;
        metrics.extend(monitoring::declared(&String::from_utf8_lossy(&page)));
    }
    // In reverse order of starting, the gateway first.
    let running = running.into_iter().rev().map(|(_, process)| process);
    let stopping: Vec<Process> = running.chain(servers).collect();
    tokio::task::spawn_blocking(move || stopping.iter().try_for_each(Process::stop_blocking))
        .await??;
    cluster.nothing_refused()?;
    Ok(metrics)
}

struct Ports {
    calls: u16,
    admin: u16,
}

struct Cluster<'a> {
    manifests: &'a Manifests,
    programs: PathBuf,
    scratch: Scratch,
    /// Of each Deployment.
    services: BTreeMap<&'a str, Ports>,
    /// Clients, routes and monitoring of each NATS server.
    servers: Vec<[u16; 3]>,
    secrets: BTreeMap<(String, String), String>,
}

impl<'a> Cluster<'a> {
    async fn new(shared: &mut Shared, manifests: &'a Manifests, programs: PathBuf) -> Result<Self> {
        let nats = manifests
            .get("StatefulSet", "nats")
            .context("there is no NATS")?;
        let servers = nats["spec"]["replicas"].as_u64().unwrap_or(1);
        let mut cluster = Self {
            manifests,
            programs,
            scratch: Scratch::new("deployment")?,
            services: manifests
                .of("Deployment")
                .map(|one| {
                    (
                        name(one),
                        Ports {
                            calls: free_port(),
                            admin: free_port(),
                        },
                    )
                })
                .collect(),
            servers: (0..servers)
                .map(|_| [free_port(), free_port(), free_port()])
                .collect(),
            secrets: BTreeMap::new(),
        };
        let postgres = shared.postgres().await?;
        let mut connection = PgConnection::connect(&postgres.url("postgres")).await?;
        for database in manifests.of("Cluster") {
            let wanted = text(&database["spec"]["bootstrap"]["initdb"]["database"]);
            let own = format!("{wanted}_{}", hex(4));
            // Letters and digits of a constant.
            sqlx::raw_sql(AssertSqlSafe(format!(r#"create database "{own}""#)))
                .execute(&mut connection)
                .await?;
            let key = (format!("{}-app", name(database)), "uri".to_owned());
            cluster.secrets.insert(key, postgres.url(&own));
        }
        for pods in manifests.pods() {
            for container in pods.containers() {
                for (_, source) in manifests.environment(container)? {
                    if let Source::Secret { name, key } = source {
                        let made = secret(&key)?;
                        cluster.secrets.entry((name, key)).or_insert(made);
                    }
                }
            }
        }
        Ok(cluster)
    }

    /// The environment of a container, with local replacements.
    fn environment(&self, container: &Value, pod: &str) -> Result<BTreeMap<String, String>> {
        let mut environment: BTreeMap<String, String> = BTreeMap::new();
        for (variable, source) in self.manifests.environment(container)? {
            let value = match source {
                Source::Text(text) => expand(&text, &environment).with_context(|| {
                    format!("{variable} speaks of a variable that comes later or not at all")
                })?,
                Source::Secret { name, key } => self.secrets[&(name, key)].clone(),
                Source::Field(field) if field == "metadata.name" => pod.to_owned(),
                Source::Field(field) => {
                    bail!("{variable} is {field}, which this check does not know")
                }
            };
            environment.insert(variable, value);
        }
        if let Some(url) = environment.get("CAST_DATABASE_URL")
            && !url.ends_with(TLS.0)
        {
            bail!("the certificate of the database is not verified");
        }
        for value in environment.values_mut() {
            *value = self.here(value);
        }
        Ok(environment)
    }

    /// A value with the addresses and files of this machine.
    fn here(&self, value: &str) -> String {
        let mut value = value.replace(TLS.0, TLS.1);
        for (service, ports) in &self.services {
            value = value.replace(
                &format!("http://{service}:8080"),
                // By name, as in a cluster: the client resolves its replicas.
                &format!("http://localhost:{}", ports.calls),
            );
        }
        for (number, [clients, routes, _]) in self.servers.iter().enumerate() {
            if number == 0 {
                value = value.replace("@nats:4222", &format!("@127.0.0.1:{clients}"));
            }
            value = value.replace(
                &format!("@nats-{number}.nats-peers:6222"),
                &format!("@127.0.0.1:{routes}"),
            );
        }
        // Unreachable: only traces are lost.
        value = value.replace(
            "http://opentelemetry-collector.monitoring:4317",
            "http://127.0.0.1:9",
        );
        value = value.replace(
            "file:///var/files",
            &format!("file://{}", self.scratch.path().display()),
        );
        if value == "/var/mailbox" || value == "/tmp" {
            value = self.scratch.path().display().to_string();
        }
        value
    }

    fn start(&self, name: &str, command: &Command) -> Result<Process> {
        let folder = self.scratch.path();
        let spec = Spec {
            name,
            log: &folder.join(format!("{name}.log")),
            pid_file: &folder.join(format!("{name}.pid")),
            stop_signal: "TERM",
            patience: Duration::from_secs(45),
            scratch: Some(&self.scratch),
        };
        Process::spawn(&spec, command)
    }

    /// The NATS servers, with the configuration of the manifests.
    fn nats(&self) -> Result<Vec<Process>> {
        let pods = self.manifests.pods();
        let pods = pods
            .iter()
            .find(|pods| pods.kind == "StatefulSet")
            .context("there is no NATS")?;
        let container = &pods.spec["containers"][0];
        let volumes = list(&pods.spec["volumes"]).iter();
        let config = volumes
            .map(|volume| text(&volume["configMap"]["name"]))
            .find(|name| !name.is_empty());
        let config = self
            .manifests
            .get("ConfigMap", config.unwrap_or_default())
            .context("NATS has no configuration")?;
        let mut servers = Vec::new();
        for (number, [clients, routes, monitoring]) in self.servers.iter().enumerate() {
            let pod = format!("nats-{number}");
            let folder = self.scratch.path().join(&pod);
            std::fs::create_dir_all(&folder)?;
            let at = folder.display();
            let moved = [
                ("port: 4222", format!("listen: \"127.0.0.1:{clients}\"")),
                (
                    "http_port: 8222",
                    format!("http: \"127.0.0.1:{monitoring}\""),
                ),
                ("port: 6222", format!("listen: \"127.0.0.1:{routes}\"")),
                ("/run/nats/", format!("{at}/")),
                ("store_dir: /data", format!("store_dir: {at}/data")),
            ];
            for (file, content) in config["data"].as_object().into_iter().flatten() {
                let moved = moved
                    .iter()
                    .fold(text(content).to_owned(), |content, (there, here)| {
                        content.replace(there, here)
                    });
                std::fs::write(folder.join(file), moved)?;
            }
            let mut command = Command::new(nats_server()?);
            command
                .arg("--config")
                .arg(folder.join("nats.conf"))
                .envs(self.environment(container, &pod)?)
                .current_dir(&folder);
            servers.push(self.start(&pod, &command)?);
        }
        Ok(servers)
    }

    fn command(&self, pods: &Pods<'_>) -> Result<Command> {
        let container = &pods.spec["containers"][0];
        let words: Vec<&str> = list(&container["command"]).iter().map(text).collect();
        let (program, arguments) = words
            .split_first()
            .context("a container says nothing to run")?;
        let seeds = workspace().join("seeds").display().to_string();
        let mut command = Command::new(self.programs.join(program));
        command
            .args(arguments.iter().map(|word| {
                if *word == "/usr/share/cast/seeds" {
                    seeds.as_str()
                } else {
                    word
                }
            }))
            .envs(self.environment(container, pods.name)?)
            .current_dir(self.scratch.path());
        Ok(command)
    }

    async fn job(&self, pods: &Pods<'_>) -> Result<()> {
        let process = self.start(pods.name, &self.command(pods)?)?;
        let status = process.ended().await;
        if !status.success() {
            bail!(
                "the Job {} failed ({status}):\n{}",
                pods.name,
                self.last_words(pods.name)
            );
        }
        Ok(())
    }

    fn spawn(&self, pods: &Pods<'_>) -> Result<Process> {
        let mut command = self.command(pods)?;
        let ports = self.services.get(pods.name).context("no ports")?;
        command.env("CAST_LISTEN", format!("127.0.0.1:{}", ports.calls));
        command.env("CAST_ADMIN_LISTEN", format!("127.0.0.1:{}", ports.admin));
        self.start(pods.name, &command)
    }

    fn last_words(&self, name: &str) -> String {
        tail(&self.scratch.path().join(format!("{name}.log")), 20)
    }

    async fn state(&self, service: &str) -> Result<Value> {
        let ports = self.services.get(service).context("no such service")?;
        let (_, body) = http::get(&format!("http://127.0.0.1:{}/readyz", ports.admin)).await?;
        serde_json::from_slice(&body).context("/readyz is no JSON")
    }

    async fn ready(&self, service: &str, running: &[(&str, Process)]) -> Result<()> {
        let deadline = Instant::now() + START_TIMEOUT;
        loop {
            let state = self.state(service).await;
            if state.as_ref().is_ok_and(|state| state["ready"] == true) {
                return Ok(());
            }
            let dead = running.iter().find(|(_, one)| one.exit_status().is_some());
            if let Some((dead, _)) = dead {
                bail!("{dead} does not start:\n{}", self.last_words(dead));
            }
            if Instant::now() > deadline {
                bail!(
                    "{service} does not become ready ({state:?}):\n{}",
                    self.last_words(service)
                );
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Waits until NATS has acknowledged every event and every consumer is live over NATS and at the head. The
    /// reference data creates events of membership, so that there is something to consume.
    async fn settled(&self) -> Result<()> {
        let deadline = Instant::now() + START_TIMEOUT;
        loop {
            let mut waiting = Vec::new();
            let mut told = 0;
            for service in self
                .manifests
                .of("Deployment")
                .map(name)
                .filter(|name| *name != "gateway")
            {
                let state = self.state(service).await?;
                for (part, state) in state["parts"].as_object().into_iter().flatten() {
                    let detail = &state["detail"];
                    if part == "relay" {
                        told += detail["head"].as_u64().unwrap_or_default();
                        if detail["role"] != "Active" || detail["published"] != detail["head"] {
                            waiting.push(format!("{service} {part} {detail}"));
                        }
                    } else if part.starts_with("consumer")
                        && (detail["live"] != true || detail["lag"] != 0)
                    {
                        waiting.push(format!("{service} {part} {detail}"));
                    }
                }
            }
            if waiting.is_empty() && told > 0 {
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!(
                    "the services do not hear each other by NATS:\n{}\nnats-0:\n{}",
                    waiting.join("\n"),
                    self.last_words("nats-0")
                );
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }

    /// No NATS server has refused anything: a service without a permission would silently fall back to reading from its
    /// sources.
    fn nothing_refused(&self) -> Result<()> {
        for number in 0..self.servers.len() {
            let log = self.scratch.path().join(format!("nats-{number}.log"));
            let said = std::fs::read_to_string(&log).context("NATS has said nothing")?;
            let refused =
                |line: &&str| line.contains("Violation") || line.contains("authentication error");
            if let Some(line) = said.lines().find(refused) {
                bail!("NATS refuses something: {line}");
            }
        }
        Ok(())
    }

    /// Every stream has as many replicas as the overlay declares.
    async fn streams(&self) -> Result<()> {
        let wanted = self
            .manifests
            .of("ConfigMap")
            .find_map(|map| map["data"]["CAST_NATS_REPLICAS"].as_str());
        let wanted: u64 = wanted.unwrap_or("1").parse()?;
        // A server reports the streams it has a copy of.
        for [_, _, monitoring] in &self.servers {
            let (_, body) = http::get(&format!(
                "http://127.0.0.1:{monitoring}/jsz?streams=true&config=true"
            ))
            .await?;
            let answer: Value = serde_json::from_slice(&body)?;
            let accounts = list(&answer["account_details"]).iter();
            let streams: Vec<&Value> = accounts
                .flat_map(|account| list(&account["stream_detail"]))
                .collect();
            if streams.is_empty()
                || streams
                    .iter()
                    .any(|one| one["config"]["num_replicas"] != wanted)
            {
                bail!("the streams do not lie on {wanted} servers: {answer}");
            }
        }
        Ok(())
    }
}

/// Replaces `$(NAME)` as Kubernetes does: by the value of a variable defined before.
fn expand(text: &str, before: &BTreeMap<String, String>) -> Option<String> {
    let mut parts = text.split("$(");
    let mut expanded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (variable, rest) = part.split_once(')')?;
        expanded += before.get(variable)?;
        expanded += rest;
    }
    Some(expanded)
}

/// A value for a key of a Secret.
fn secret(key: &str) -> Result<String> {
    Ok(match key {
        "keys" => {
            let mut bytes = [0; 32];
            aws_lc_rs::rand::fill(&mut bytes).map_err(|_| anyhow::anyhow!("no randomness"))?;
            format!("1:{}", STANDARD.encode(bytes))
        }
        "smtp-url" => "smtps://user:password@mail.example.cn:465".to_owned(),
        _ => hex(24),
    })
}

/// This many random bytes in hexadecimal.
fn hex(bytes: usize) -> String {
    let mut random = vec![0; bytes];
    // Without randomness the names would clash and be refused, which is acceptable.
    let _ = aws_lc_rs::rand::fill(&mut random);
    random.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_stand_for_values_that_were_said_before() {
        let before = BTreeMap::from([("A".to_owned(), "1".to_owned())]);
        assert_eq!(expand("x$(A)y$(A)", &before).as_deref(), Some("x1y1"));
        assert_eq!(expand("plain", &before).as_deref(), Some("plain"));
        assert_eq!(expand("$(B)", &before), None);
    }
}
