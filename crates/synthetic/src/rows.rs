//! Reads the reference data row by row.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde::de::DeserializeOwned;

/// The rows of a CSV file with a header; an error names the file.
pub(crate) fn rows<T: DeserializeOwned>(file: &Path) -> Result<Vec<T>> {
    let mut reader = csv::Reader::from_path(file).with_context(|| file.display().to_string())?;
    let rows: Result<Vec<T>, csv::Error> = reader.deserialize().collect();
    rows.with_context(|| file.display().to_string())
}
