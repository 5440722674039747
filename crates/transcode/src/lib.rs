//! `google.api.http` as HTTP/JSON and as OpenAPI 3.1, both from one table of bindings.
//!
//! [`Bindings`] is built once from the descriptors and is the only description of what is offered over REST.
//! [`Transcoder`] serves it with a [`Backend`] ([`grpc::Channels`]); [`openapi::document`] describes it.
//!
//! Refusals are always `application/problem+json` ([`rendering`]) and never a 5xx: unknown paths (404), other HTTP
//! methods (405 with `Allow`), unknown query parameters and JSON fields, values that do not fit, an unexpected body
//! (400), bodies that are too large (413), too slow (408) or not JSON (415).
//!
//! Raw content (`google.api.HttpBody`) is sent and received as it is (`content`).

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests choose"))]

mod backend;
mod binding_error;
pub mod bindings;
mod content;
mod entity_tag;
pub mod grpc;
mod handle;
mod headers;
mod json;
pub mod openapi;
mod path;
mod query;
pub mod rendering;
mod schema;
mod speaker;
mod stream;
mod text;
mod wire;

pub use backend::{Backend, MessageStream};
pub use binding_error::BindingError;
pub use bindings::{Access, Binding, Bindings};
pub use handle::{Answered, Limits, Route, Transcoder};
pub use rendering::{Language, Render};
