//! What stages need to know of the reference data.

use anyhow::{Context as _, Result};
use platform::workspace;

/// The id of the organisation with this code.
pub fn organisation(code: &str) -> Result<String> {
    #[derive(serde::Deserialize)]
    struct Organisation {
        id: String,
        code: String,
    }
    let mut organisations = csv::Reader::from_path(workspace().join("seeds/organisations.csv"))?;
    organisations
        .deserialize()
        .filter_map(|row: Result<Organisation, _>| row.ok())
        .find(|organisation| organisation.code == code)
        .map(|organisation| organisation.id)
        .with_context(|| format!("the seeds have no organisation {code}"))
}
