//! The society of the benchmark.

use anyhow::{Context as _, Result};
use platform::workspace;

/// The code of 中国计算机学会, whose staff the demo accounts are.
pub const SOCIETY: &str = "B-20";

/// Its id.
pub fn society() -> Result<String> {
    #[derive(serde::Deserialize)]
    struct Organisation {
        id: String,
        code: String,
    }
    let file = workspace().join("seeds/organisations.csv");
    let mut reader = csv::Reader::from_path(&file).with_context(|| file.display().to_string())?;
    for organisation in reader.deserialize() {
        let organisation: Organisation = organisation?;
        if organisation.code == SOCIETY {
            return Ok(organisation.id);
        }
    }
    anyhow::bail!("{SOCIETY} is not in {}", file.display())
}
