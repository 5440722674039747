//! Parses each setting from text, with an error specific to it.

use std::collections::BTreeMap;

use secrecy::SecretString;
use url::Url;

use super::{
    error::{ConfigError, missing, variable},
    settings::{DATA_KEYS, DATABASE_URL, Environment, LogFormat, NATS_URL, PEER_URL, Settings},
    source::Merged,
};
use crate::crypto::Keys;

const NATS_REPLICAS: &str = "on how many servers a stream lies: 1, 3 or 5";
const LOG: &str = "info,opentelemetry=warn,opentelemetry_sdk=warn,sqlx::postgres::notice=warn";
const INTERNAL_SECRET: &str = "a random secret of at least 32 bytes, the same for all services";
const ADDRESS: &str = "an address to listen on such as 0.0.0.0:8080";
const PUBLIC_URL: &str =
    "where people reach the platform, such as https://wskx.example.cn, without path and query";

const TRACE_RATIO: &str = "a share from 0 to 1 such as 0.1";

pub(super) fn settings(from: &Merged) -> Result<Settings, ConfigError> {
    let environment = required(
        from,
        "environment",
        "development or production",
        |text| match text {
            "development" => Some(Environment::Development),
            "production" => Some(Environment::Production),
            _ => None,
        },
    )?;
    Ok(Settings {
        environment,
        listen: with_default(from, "listen", "0.0.0.0:8080", ADDRESS, |text| {
            text.parse().ok()
        })?,
        admin_listen: with_default(from, "admin_listen", "0.0.0.0:9090", ADDRESS, |text| {
            text.parse().ok()
        })?,
        internal_secret: required(from, "internal_secret", INTERNAL_SECRET, |text| {
            (text.len() >= 32).then(|| SecretString::from(text))
        })?,
        internal_secret_also_accepted: optional(
            from,
            "internal_secret_also_accepted",
            INTERNAL_SECRET,
            |text| (text.len() >= 32).then(|| SecretString::from(text)),
        )?,
        public_url: required(from, "public_url", PUBLIC_URL, |text| {
            let url = web_address(text)?;
            let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
            (bare && url.username().is_empty()).then(|| url.origin().ascii_serialization())
        })?,
        log_format: with_default(
            from,
            "log_format",
            "json",
            "pretty or json",
            |text| match text {
                "pretty" => Some(LogFormat::Pretty),
                "json" => Some(LogFormat::Json),
                _ => None,
            },
        )?,
        log: with_default(
            from,
            "log",
            LOG,
            "a filter such as info,sqlx=warn",
            |text| {
                tracing_subscriber::EnvFilter::try_new(text)
                    .is_ok()
                    .then(|| text.to_owned())
            },
        )?,
        otlp_endpoint: optional(
            from,
            "otlp_endpoint",
            "an OTLP/gRPC address such as http://collector:4317",
            web_address,
        )?,
        trace_ratio: with_default(
            from,
            "trace_ratio",
            match environment {
                Environment::Development => "1",
                Environment::Production => "0.1",
            },
            TRACE_RATIO,
            |text| {
                text.parse()
                    .ok()
                    .filter(|ratio| (0.0..=1.0).contains(ratio))
            },
        )?,
        database_url: optional(from, "database_url", DATABASE_URL, |text| {
            let postgres = text.starts_with("postgres://") || text.starts_with("postgresql://");
            text.parse::<sqlx::postgres::PgConnectOptions>()
                .ok()
                .filter(|_| postgres)?;
            Some(SecretString::from(text))
        })?,
        nats_url: optional(from, "nats_url", NATS_URL, |text| {
            let good = text
                .split(',')
                .all(|one| one.trim().parse::<async_nats::ServerAddr>().is_ok());
            good.then(|| SecretString::from(text))
        })?,
        nats_replicas: with_default(from, "nats_replicas", "1", NATS_REPLICAS, |text| {
            text.parse()
                .ok()
                .filter(|number| [1, 3, 5].contains(number))
        })?,
        data_keys: data_keys(from)?,
        peers: peers(from)?,
    })
}

fn peers(from: &Merged) -> Result<BTreeMap<&'static str, Vec<Url>>, ConfigError> {
    let mut peers = BTreeMap::new();
    for service in suite::Service::callable() {
        let key = format!("{service}_url");
        if let Some(urls) = optional(from, &key, PEER_URL, web_addresses)? {
            peers.insert(service.name(), urls);
        }
    }
    Ok(peers)
}

fn data_keys(from: &Merged) -> Result<Option<Keys>, ConfigError> {
    let parse = |text: String| {
        Keys::parse(&text).map_err(|error| ConfigError::Malformed {
            variable: variable("data_keys"),
            expected: format!("{DATA_KEYS} ({error})"),
        })
    };
    from.text("data_keys").map(parse).transpose()
}

fn web_addresses(text: &str) -> Option<Vec<Url>> {
    text.split(',').map(|one| web_address(one.trim())).collect()
}

fn web_address(text: &str) -> Option<Url> {
    Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

fn required<T>(
    from: &Merged,
    key: &str,
    expected: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<T, ConfigError> {
    optional(from, key, expected, parse)?.ok_or_else(|| missing(key, expected))
}

fn with_default<T>(
    from: &Merged,
    key: &str,
    default: &str,
    expected: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, ConfigError> {
    let text = from.text(key);
    parse(text.as_deref().unwrap_or(default)).ok_or_else(|| malformed(key, expected))
}

fn optional<T>(
    from: &Merged,
    key: &str,
    expected: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, ConfigError> {
    match from.text(key) {
        Some(text) => parse(text.trim())
            .map(Some)
            .ok_or_else(|| malformed(key, expected)),
        None => Ok(None),
    }
}

fn malformed(key: &str, expected: &str) -> ConfigError {
    ConfigError::Malformed {
        variable: variable(key),
        expected: expected.to_owned(),
    }
}
