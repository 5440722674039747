//! Configuration: an optional TOML file (`--config` or `CAST_CONFIG`), overridden by the environment (`CAST_*`). The
//! file uses the same names in lower case and without the prefix. Secrets never show in `Debug`; errors name the
//! variable and the expected value, never the actual one.

mod error;
mod read;
mod refuse;
mod settings;
mod source;

use std::path::Path;

use serde::de::DeserializeOwned;

pub use error::ConfigError;
pub use settings::{Environment, LogFormat, Settings};
pub use source::Variables;

/// Reads the chassis' settings and the service's own from `file` (or `CAST_CONFIG`) and the environment. The fields of
/// `Own` are the variables' names in lower case without `CAST_`.
pub fn load<Own: DeserializeOwned>(file: Option<&Path>) -> Result<(Settings, Own), ConfigError> {
    let variables = source::environment();
    let file = file
        .map(Path::to_owned)
        .or_else(|| variables.get("config").map(Into::into));
    from(file.as_deref(), variables)
}

/// Like [`load`], from the given variables (names as in the file) instead of the environment.
pub fn from<Own: DeserializeOwned>(
    file: Option<&Path>,
    variables: source::Variables,
) -> Result<(Settings, Own), ConfigError> {
    let figment = source::merge(file, variables)?;
    let settings = read::settings(&figment)?;
    if settings.environment == Environment::Production {
        refuse::development_things(&settings, &figment)?;
    }
    Ok((settings, source::own(&figment)?))
}

#[cfg(test)]
mod tests;
