//! The settings of a process.

use std::{collections::BTreeMap, net::SocketAddr};

use eventlog::Seals;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::error::{ConfigError, missing};
use crate::crypto::Keys;

// Expected values, for errors.
pub(super) const DATABASE_URL: &str =
    "a PostgreSQL address such as postgres://user:password@host:5432/database";
pub(super) const NATS_URL: &str =
    "one or more NATS addresses such as nats://host:4222, separated by commas";
pub(super) const DATA_KEYS: &str =
    "versioned keys, `1:<base64 of 32 bytes>` and further versions separated by commas";
pub(super) const PEER_URL: &str = "where that service answers, such as http://identity:8080";

/// The settings of the chassis.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `CAST_ENVIRONMENT`.
    pub environment: Environment,
    /// `CAST_LISTEN`: gRPC listener; default `0.0.0.0:8080`.
    pub listen: SocketAddr,
    /// `CAST_ADMIN_LISTEN`: probes and metrics; default `0.0.0.0:9090`.
    pub admin_listen: SocketAddr,
    /// `CAST_INTERNAL_SECRET`: shared by the services, at least 32 bytes.
    pub internal_secret: SecretString,
    /// `CAST_INTERNAL_SECRET_ALSO_ACCEPTED`: the next or the previous secret during a rotation; see docs/operations.md.
    pub internal_secret_also_accepted: Option<SecretString>,
    /// `CAST_PUBLIC_URL`: public URL of the platform, without a trailing slash; the issuer of tokens.
    pub public_url: String,
    /// `CAST_LOG_FORMAT`.
    pub log_format: LogFormat,
    /// `CAST_LOG`: a filter in the syntax of tracing-subscriber's `EnvFilter`; default `info`, without verbose
    /// libraries.
    pub log: String,
    /// `CAST_OTLP_ENDPOINT`: where traces are exported (OTLP over gRPC); not exported by default.
    pub otlp_endpoint: Option<Url>,
    /// `CAST_TRACE_RATIO`: the share of requests whose trace is recorded, from 0 to 1. Decided once, where a trace
    /// begins; the other services follow. Default 0.1 in production, 1 in development.
    pub trace_ratio: f64,
    /// `CAST_DATABASE_URL`; see [`database_url`](Self::database_url).
    pub database_url: Option<SecretString>,
    /// `CAST_NATS_URL`; see [`nats_url`](Self::nats_url).
    pub nats_url: Option<SecretString>,
    /// `CAST_NATS_REPLICAS`: replicas of a stream in a NATS cluster: 1, 3 or 5; default 1.
    pub nats_replicas: usize,
    /// `CAST_DATA_KEYS`; see [`data_keys`](Self::data_keys).
    pub data_keys: Option<Keys>,
    /// `CAST_<SERVICE>_URL` for each service that answers calls, e.g. `CAST_IDENTITY_URL`; see [`peer`](Self::peer).
    pub peers: BTreeMap<&'static str, Vec<Url>>,
}

/// The environment of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// Demo data and conveniences are allowed.
    Development,
    /// Demo data and development defaults are refused.
    Production,
}

/// The format of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

impl Settings {
    /// Signs events of this service and verifies those of others.
    pub fn seals(&self) -> Seals {
        let also = self.internal_secret_also_accepted.as_ref();
        Seals::new(
            self.internal_secret.expose_secret().as_bytes(),
            also.map(|secret| secret.expose_secret().as_bytes()),
        )
    }

    /// The database of the service.
    pub fn database_url(&self) -> Result<&SecretString, ConfigError> {
        self.database_url
            .as_ref()
            .ok_or_else(|| missing("database_url", DATABASE_URL))
    }

    /// The NATS server or servers.
    pub fn nats_url(&self) -> Result<&SecretString, ConfigError> {
        self.nats_url
            .as_ref()
            .ok_or_else(|| missing("nats_url", NATS_URL))
    }

    /// The keys that encrypt columns.
    pub fn data_keys(&self) -> Result<&Keys, ConfigError> {
        self.data_keys
            .as_ref()
            .ok_or_else(|| missing("data_keys", DATA_KEYS))
    }

    /// gRPC addresses of another service, by its name in `services.toml`: one or several, separated by commas, e.g.
    /// `http://identity:8080`. A name that resolves to several addresses (a headless service of Kubernetes) means all of
    /// them.
    pub fn peer(&self, service: &str) -> Result<&[Url], ConfigError> {
        self.peers
            .get(service)
            .map(Vec::as_slice)
            .ok_or_else(|| missing(&format!("{service}_url"), PEER_URL))
    }

    /// Whether the process serves real people.
    pub fn is_production(&self) -> bool {
        self.environment == Environment::Production
    }
}
