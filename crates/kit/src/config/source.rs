//! Sources of settings: the file, overridden by the environment.

use std::{collections::BTreeMap, path::Path};

use figment::{
    Figment, Metadata, Profile, Provider,
    providers::{Format as _, Toml},
    value::{Dict, Map, Value},
};
use serde::de::DeserializeOwned;

use super::error::{ConfigError, PREFIX, variable};

/// Settings by their name in lower case without the prefix, e.g. `database_url`.
pub type Variables = BTreeMap<String, String>;

/// The platform's variables of the environment.
pub(super) fn environment() -> Variables {
    std::env::vars_os()
        .filter_map(|(name, value)| {
            let name = name.to_str()?.strip_prefix(PREFIX)?.to_ascii_lowercase();
            Some((name, value.to_str()?.to_owned()))
        })
        .collect()
}

/// Values that look like numbers or lists stay text: a secret may consist of digits.
struct Text(Variables);

impl Provider for Text {
    fn metadata(&self) -> Metadata {
        Metadata::named("environment")
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let dict: Dict = self
            .0
            .iter()
            .map(|(key, text)| (key.clone(), Value::from(text.as_str())))
            .collect();
        Ok(Profile::Default.collect(dict))
    }
}

/// Like [`Text`], but with numbers and booleans parsed, for the service's own typed settings.
struct Typed(Variables);

impl Provider for Typed {
    fn metadata(&self) -> Metadata {
        Metadata::named("environment")
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let typed = |text: &str| match text {
            "true" => Value::from(true),
            "false" => Value::from(false),
            _ => text
                .parse::<i64>()
                .map_or_else(|_| Value::from(text), Value::from),
        };
        let dict: Dict = self
            .0
            .iter()
            .map(|(key, text)| (key.clone(), typed(text)))
            .collect();
        Ok(Profile::Default.collect(dict))
    }
}

/// Both views of the merged sources.
pub(super) struct Merged {
    text: Figment,
    typed: Figment,
}

pub(super) fn merge(file: Option<&Path>, variables: Variables) -> Result<Merged, ConfigError> {
    let mut base = Figment::new();
    if let Some(file) = file {
        // figment treats a missing file as an empty one.
        let text = std::fs::read_to_string(file).map_err(|error| {
            ConfigError::File(format!("{} cannot be read: {error}", file.display()))
        })?;
        base = base.merge(Toml::string(&text));
    }
    Ok(Merged {
        text: base.clone().merge(Text(variables.clone())),
        typed: base.merge(Typed(variables)),
    })
}

impl Merged {
    /// A setting as text; empty counts as absent, as an empty variable in a manifest is meant.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        let value = self.text.find_value(key).ok()?;
        match value {
            Value::String(_, text) => Some(text),
            Value::Num(_, number) => {
                let whole = number.to_i128().map(|n| n.to_string());
                whole.or_else(|| number.to_f64().map(|n| n.to_string()))
            }
            Value::Bool(_, truth) => Some(truth.to_string()),
            _ => None,
        }
        .filter(|text| !text.trim().is_empty())
    }
}

/// The service's own settings.
pub(super) fn own<Own: DeserializeOwned>(merged: &Merged) -> Result<Own, ConfigError> {
    // A text of digits is a number in one view and text in the other; only `Own` determines which is right.
    merged
        .typed
        .extract()
        .or_else(|error| merged.text.extract().map_err(|_| explain(&error)))
}

/// Names the variable and the expected value but not the actual one, which may be a secret.
fn explain(error: &figment::Error) -> ConfigError {
    use figment::error::Kind;
    let key = error.path.join("_");
    match &error.kind {
        Kind::MissingField(name) => ConfigError::Missing {
            variable: variable(name),
            expected: "a value".to_owned(),
        },
        Kind::InvalidType(_, expected)
        | Kind::InvalidValue(_, expected)
        | Kind::InvalidLength(_, expected) => ConfigError::Malformed {
            variable: variable(&key),
            expected: expected.clone(),
        },
        Kind::UnknownVariant(_, known) => ConfigError::Malformed {
            variable: variable(&key),
            expected: format!("one of {}", known.join(", ")),
        },
        _ => ConfigError::Malformed {
            variable: variable(&key),
            expected: "a value of the documented form".to_owned(),
        },
    }
}
