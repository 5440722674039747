//! The catalogue of error reasons, from the `reasons.toml` beside the proto files of each service. A reason is a static,
//! so an undocumented one cannot be used.

/// The reason for a refusal: a stable code for clients, and texts for people.
#[derive(Debug)]
pub struct Reason {
    /// Stable code, e.g. `SEATS_TAKEN`: `ErrorInfo.reason` on gRPC, `code` in problem+json.
    pub code: &'static str,
    /// The service that refuses, e.g. `events.cast` (`ErrorInfo.domain`).
    pub domain: &'static str,
    /// The gRPC status code.
    pub grpc: tonic::Code,
    /// The HTTP status code.
    pub http: u16,
    /// In English.
    pub en: Text,
    /// In Chinese.
    pub zh: Text,
}

/// The texts of a reason in one language. `{name}` is replaced by the metadata entry of that name.
#[derive(Debug)]
pub struct Text {
    /// The problem, in one short sentence.
    pub title: &'static str,
    /// What the user can do next.
    pub advice: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/reasons.rs"));
