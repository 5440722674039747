//! Why a configuration cannot be used.

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ConfigError {
    /// A variable that must be there is not.
    #[error("{variable} is not set: give {expected}")]
    Missing {
        /// E.g. `CAST_DATABASE_URL`.
        variable: String,
        /// What it should be.
        expected: String,
    },
    /// A variable has a value that cannot be used.
    #[error("{variable} is not usable: give {expected}")]
    Malformed {
        /// E.g. `CAST_LISTEN`.
        variable: String,
        /// What it should be.
        expected: String,
    },
    /// Fine in development, dangerous in production.
    #[error("{variable} is refused in production: {why}")]
    NotInProduction {
        /// E.g. `CAST_INTERNAL_SECRET`.
        variable: String,
        /// What is wrong with it.
        why: String,
    },
    /// The file cannot be read.
    #[error("the configuration file {0}")]
    File(String),
}

/// A setting that must be there is not.
pub(super) fn missing(key: &str, expected: &str) -> ConfigError {
    ConfigError::Missing {
        variable: variable(key),
        expected: expected.to_owned(),
    }
}

/// The name of a setting's variable.
pub(super) fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.to_ascii_uppercase())
}

/// What the names of our variables begin with.
pub(super) const PREFIX: &str = "CAST_";
