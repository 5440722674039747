//! The OpenAPI 3.1 document of the bindings, from the same table as [`crate::Transcoder`].

mod comments;
mod constraints;
mod example;
mod operation;
mod pattern;
mod problems;
mod schemas;

use serde_json::{Map, Value, json};

use self::{
    comments::Comments,
    operation::{Operations, Service},
    schemas::Schemas,
};
use crate::bindings::Bindings;

/// Metadata of the document, and the routes that the gateway serves besides the bindings.
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
    /// Path items of routes that are not RPCs (OpenID Connect, files, live streams), merged into `paths`. They may
    /// refer to `#/components/responses/Problem` and to the security schemes `token`, `session` and `openid`.
    pub additional_paths: Map<String, Value>,
    /// Further entries of `tags`, for the additional paths.
    pub additional_tags: Vec<Value>,
}

/// The document. Deterministic, byte for byte.
pub fn document(bindings: &Bindings, info: &Info) -> Value {
    let pool = bindings
        .all
        .first()
        .map(|binding| binding.method.parent_pool().clone())
        .unwrap_or_default();
    let comments = Comments::new(&pool);
    let outputs = bindings.all.iter().map(|binding| binding.output);
    let mut operations = Operations {
        bindings,
        schemas: Schemas::new(&bindings.schema, &comments, outputs),
        responses: Map::new(),
        services: Service::all(bindings),
    };

    let mut paths: Map<String, Value> = Map::new();
    for (path, method, operation) in operations.all() {
        merge(&mut paths, &path, [(method, operation)]);
    }
    for (path, item) in &info.additional_paths {
        let item = item.as_object().into_iter().flatten();
        merge(
            &mut paths,
            path,
            item.map(|(method, operation)| (method.clone(), operation.clone())),
        );
    }

    let mut tags: Vec<Value> = operations
        .services
        .iter()
        .map(|service| service.tag(&comments))
        .collect();
    tags.extend(info.additional_tags.iter().cloned());
    let mut responses = operations.responses;
    responses.insert("Problem".into(), problems::any());
    responses.sort_keys();
    let mut schemas = operations.schemas.finish();
    schemas.insert("Problem".into(), problems::schema());
    schemas.sort_keys();

    json!({
        "openapi": "3.1.1",
        "info": {
            "title": info.title,
            "version": info.version,
            "description": info.description,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "jsonSchemaDialect": "https://spec.openapis.org/oas/3.1/dialect/base",
        "servers": [{ "url": info.server_url }],
        "tags": tags,
        "paths": paths,
        "components": {
            "securitySchemes": security_schemes(info),
            "responses": responses,
            "schemas": schemas,
        },
        "x-permissions": permissions(),
    })
}

/// The permissions that `x-permission` of an operation names, and which of them a society's system may have as scopes.
fn permissions() -> Vec<Value> {
    proto::roles::PERMISSIONS
        .iter()
        .map(|permission| {
            json!({
                "name": permission.name,
                "title": { "zh": permission.zh, "en": permission.en },
                "scope": permission.scope,
            })
        })
        .collect()
}

fn merge(
    paths: &mut Map<String, Value>,
    path: &str,
    operations: impl IntoIterator<Item = (String, Value)>,
) {
    let item = paths.entry(path.to_owned()).or_insert_with(|| json!({}));
    if let Some(item) = item.as_object_mut() {
        item.extend(operations);
    }
}

fn security_schemes(info: &Info) -> Value {
    json!({
        "token": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "An access token (RFC 9068), by OpenID Connect for a person or by client credentials for a system.",
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": "__Host-session",
            "description": "The portal's own session. Requests that change something must come from the portal's origin.",
        },
        "openid": {
            "type": "openIdConnect",
            "openIdConnectUrl": info.openid_connect_url,
            "description": "Sign-on for people; a system's scopes are named like the permissions they grant.",
        },
    })
}
