//! Where files are kept.

use std::{fmt, sync::Arc, time::Duration};

use object_store::{
    ObjectStore, RetryConfig, aws::AmazonS3Builder, local::LocalFileSystem,
    path::Path as ObjectPath,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer};
use url::Url;

use crate::scanner::Scanner;

/// Settings of a service that keeps files; part of its own ones.
#[derive(Clone, Default, Deserialize)]
pub struct Settings {
    /// `CAST_FILES_URL`: `file:///var/lib/cast/files`, a folder that exists, for one machine; or `s3://bucket` or
    /// `s3://bucket/folder`. Services may share it: each keeps to a folder of its own name.
    #[serde(default, deserialize_with = "filled")]
    pub files_url: Option<String>,
    /// `CAST_FILES_S3_ENDPOINT`: address of a server that speaks S3, e.g. `https://minio.example.org`; absent: Amazon's.
    #[serde(default, deserialize_with = "filled")]
    pub files_s3_endpoint: Option<String>,
    /// `CAST_FILES_S3_REGION`; default `us-east-1`.
    #[serde(default, deserialize_with = "filled")]
    pub files_s3_region: Option<String>,
    /// `CAST_FILES_S3_ACCESS_KEY`.
    #[serde(default, deserialize_with = "filled")]
    pub files_s3_access_key: Option<SecretString>,
    /// `CAST_FILES_S3_SECRET_KEY`.
    #[serde(default, deserialize_with = "filled")]
    pub files_s3_secret_key: Option<SecretString>,
    /// `CAST_FILES_SCANNER`: address of a virus scanner that speaks the protocol of ClamAV, e.g. `clamd:3310`; absent: none.
    #[serde(default, deserialize_with = "filled")]
    pub files_scanner: Option<String>,
}

/// An empty variable means none: that is how manifests leave one out.
fn filled<'de, D: Deserializer<'de>, T: From<String>>(from: D) -> Result<Option<T>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    Ok(text.filter(|text| !text.trim().is_empty()).map(T::from))
}

/// Settings that cannot work.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum SettingsError {
    #[error(
        "CAST_FILES_URL is missing: where files are kept, file:///a/folder or s3://bucket/folder"
    )]
    Missing,
    #[error("CAST_FILES_URL must be file:///a/folder or s3://bucket/folder")]
    Url,
    #[error("CAST_FILES_URL: the folder cannot be used, create it with the rights of the service")]
    Folder(#[source] object_store::Error),
    #[error("CAST_FILES_S3_ACCESS_KEY and CAST_FILES_S3_SECRET_KEY are needed for s3:// addresses")]
    Keys,
    #[error("CAST_FILES_S3_ENDPOINT, CAST_FILES_S3_REGION: the bucket cannot be addressed")]
    Bucket(#[source] object_store::Error),
}

impl Settings {
    /// The virus scanner, if there is one.
    pub fn scanner(&self) -> Option<Scanner> {
        self.files_scanner.as_deref().map(Scanner::new)
    }

    /// Opens the store and the folder within it.
    pub(crate) fn open(&self) -> Result<(Arc<dyn ObjectStore>, ObjectPath), SettingsError> {
        let url = self.files_url.as_deref().ok_or(SettingsError::Missing)?;
        let url = Url::parse(url).map_err(|_| SettingsError::Url)?;
        match url.scheme() {
            "file" => {
                let folder = url.to_file_path().map_err(|()| SettingsError::Url)?;
                let objects =
                    LocalFileSystem::new_with_prefix(folder).map_err(SettingsError::Folder)?;
                // What was acknowledged survives a power failure.
                let objects = objects.with_fsync(true).with_automatic_cleanup(true);
                Ok((Arc::new(objects), ObjectPath::default()))
            }
            "s3" => {
                let bucket = url.host_str().ok_or(SettingsError::Url)?;
                let (Some(access), Some(secret)) =
                    (&self.files_s3_access_key, &self.files_s3_secret_key)
                else {
                    return Err(SettingsError::Keys);
                };
                let mut builder = AmazonS3Builder::new()
                    .with_bucket_name(bucket)
                    // Callers wait: they are told soon, and try again.
                    .with_retry(RetryConfig {
                        max_retries: 3,
                        retry_timeout: Duration::from_secs(10),
                        ..RetryConfig::default()
                    })
                    .with_region(self.files_s3_region.as_deref().unwrap_or("us-east-1"))
                    .with_access_key_id(access.expose_secret())
                    .with_secret_access_key(secret.expose_secret());
                if let Some(endpoint) = &self.files_s3_endpoint {
                    builder = builder
                        .with_endpoint(endpoint)
                        // A server on the same network may have no certificate. Content is sealed.
                        .with_allow_http(endpoint.starts_with("http://"));
                }
                let objects = builder.build().map_err(SettingsError::Bucket)?;
                let folder =
                    ObjectPath::from_url_path(url.path()).map_err(|_| SettingsError::Url)?;
                Ok((Arc::new(objects), folder))
            }
            _ => Err(SettingsError::Url),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("files_url", &self.files_url)
            .finish_non_exhaustive()
    }
}
