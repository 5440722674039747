//! The OpenAPI 3.1 document of the bindings.

use serde_json::{Value, json};

use crate::bindings::Bindings;

/// What the document says about itself, and what the gateway serves besides the bindings.
#[derive(Debug, Clone, Default)]
pub struct Info {
    /// Name of the API.
    pub title: String,
    /// Version of the API, e.g. `1.0.0`.
    pub version: String,
    /// CommonMark.
    pub description: String,
    /// Base of all paths, e.g. `https://api.example.org`.
    pub server_url: String,
    /// The OpenID Connect issuer's discovery document.
    pub openid_connect_url: String,
    /// Path items of routes that are no RPC (OpenID Connect, files, live streams), merged into `paths`.
    pub additional_paths: serde_json::Map<String, Value>,
}

/// The document.
pub fn document(_bindings: &Bindings, info: &Info) -> Value {
    json!({ "openapi": "3.1.1", "info": { "title": info.title, "version": info.version } })
}
