//! Values that are refused in production.

use std::collections::HashSet;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use secrecy::ExposeSecret;

use super::{
    error::{ConfigError, variable},
    settings::Settings,
    source::Merged,
};

/// Words that are common in placeholder secrets.
const WELL_KNOWN: &[&str] = &[
    "development",
    "changeme",
    "change-me",
    "secret",
    "password",
    "example",
    "0123456789",
];
/// A random secret of 32 characters has more distinct ones than this, except with a chance far below one in a million.
const MIN_DISTINCT: usize = 8;

pub(super) fn development_things(settings: &Settings, from: &Merged) -> Result<(), ConfigError> {
    if from.text("mailbox_dir").is_some() {
        return Err(refused(
            "mailbox_dir",
            "mail and messages would lie in a folder instead of reaching people",
        ));
    }
    if !settings.public_url.starts_with("https://") {
        return Err(refused(
            "public_url",
            "cookies and tokens travel over https alone",
        ));
    }
    let also = settings.internal_secret_also_accepted.as_ref();
    let secrets = [
        ("internal_secret", Some(&settings.internal_secret)),
        ("internal_secret_also_accepted", also),
    ];
    for (name, secret) in secrets {
        let Some(secret) = secret.map(ExposeSecret::expose_secret) else {
            continue;
        };
        let lower = secret.to_ascii_lowercase();
        if WELL_KNOWN.iter().any(|word| lower.contains(word))
            || distinct(secret.as_bytes()) < MIN_DISTINCT
        {
            return Err(refused(name, "it can be guessed; make a random one"));
        }
    }
    if from
        .text("data_keys")
        .is_some_and(|keys| keys.split(',').any(guessable))
    {
        return Err(refused(
            "data_keys",
            "a key can be guessed; make random ones",
        ));
    }
    Ok(())
}

fn guessable(entry: &str) -> bool {
    let key = entry
        .split_once(':')
        .and_then(|(_, key)| STANDARD.decode(key.trim()).ok())
        .unwrap_or_default();
    distinct(&key) < MIN_DISTINCT || key.is_ascii()
}

fn distinct(bytes: &[u8]) -> usize {
    bytes.iter().collect::<HashSet<_>>().len()
}

fn refused(key: &str, why: &str) -> ConfigError {
    ConfigError::NotInProduction {
        variable: variable(key),
        why: why.to_owned(),
    }
}
