//! Errors of a contract's bindings.

/// Why a contract cannot be offered over REST. Detected when the process starts, never later.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum BindingError {
    #[error("{method}: an exposed method needs the option cast.options.v1.access")]
    NoAccess { method: String },
    #[error("{method}: the HTTP rule has no pattern, or a method that is none")]
    NoPattern { method: String },
    #[error("{method}: the path template {template}: {error}")]
    Template {
        method: String,
        template: String,
        error: String,
    },
    #[error("{method}: {place} names `{field}`, which is no such field: {need}")]
    Field {
        method: String,
        place: &'static str,
        field: String,
        need: &'static str,
    },
    #[error("{method}: {http_method} takes no body")]
    BodyNotAllowed { method: String, http_method: String },
    #[error(
        "{method}: `{field}` can be neither a query parameter nor is it bound by the path or the body"
    )]
    NoQueryForm { method: String, field: String },
    #[error("{method}: a client-streaming method cannot be offered over REST")]
    ClientStreaming { method: String },
    #[error(
        "google.protobuf.Any says nothing about its content and cannot be offered over REST; use a oneof"
    )]
    Any,
    #[error(
        "{method}: raw content (google.api.HttpBody) can only be the whole body: name the field in `body` or `response_body`"
    )]
    Content { method: String },
    #[error("{method} and {other} both claim {http_method} {template}")]
    Conflict {
        method: String,
        other: String,
        http_method: String,
        template: String,
    },
}
