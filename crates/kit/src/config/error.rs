//! Why a configuration cannot be used.

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ConfigError {
    /// A required variable is not set.
    #[error("{variable} is not set: give {expected}")]
    Missing {
        /// E.g. `CAST_DATABASE_URL`.
        variable: String,
        /// The expected value.
        expected: String,
    },
    /// A variable has an unusable value.
    #[error("{variable} is not usable: give {expected}")]
    Malformed {
        /// E.g. `CAST_LISTEN`.
        variable: String,
        /// The expected value.
        expected: String,
    },
    /// Acceptable in development, dangerous in production.
    #[error("{variable} is refused in production: {why}")]
    NotInProduction {
        /// E.g. `CAST_INTERNAL_SECRET`.
        variable: String,
        /// The problem.
        why: String,
    },
    /// The file cannot be read.
    #[error("the configuration file {0}")]
    File(String),
}

/// A required setting is missing.
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

/// The prefix of the platform's variables.
pub(super) const PREFIX: &str = "CAST_";
