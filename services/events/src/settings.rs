//! The settings of events itself.

/// Besides those of the chassis.
#[derive(Clone, Debug, Default, serde::Deserialize)]
pub struct Settings {
    /// Where files are kept: `CAST_FILES_URL`, `CAST_FILES_S3_ENDPOINT`, `CAST_FILES_S3_REGION`,
    /// `CAST_FILES_S3_ACCESS_KEY`, `CAST_FILES_S3_SECRET_KEY`.
    #[serde(flatten)]
    pub files: files::Settings,
}
