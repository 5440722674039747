//! The catalogue of error reasons, from the `reasons.toml` beside the proto files of each service. A reason is a static
//! of this module, so one that is not documented cannot be used.

/// Why a call was refused: the stable code that clients may rely on, and the words a person reads.
#[derive(Debug)]
pub struct Reason {
    /// Stable code, e.g. `SEATS_TAKEN`: `ErrorInfo.reason` on gRPC, `code` in problem+json.
    pub code: &'static str,
    /// The service that says so, e.g. `events.cast` (`ErrorInfo.domain`).
    pub domain: &'static str,
    /// The gRPC status it travels under.
    pub grpc: tonic::Code,
    /// The HTTP status it is rendered with.
    pub http: u16,
    /// In English.
    pub en: Text,
    /// In Chinese.
    pub zh: Text,
}

/// The words of a reason in one language. `{name}` is replaced by the metadata entry of that name.
#[derive(Debug)]
pub struct Text {
    /// What is the matter, in one short sentence.
    pub title: &'static str,
    /// What the user can do next.
    pub advice: &'static str,
}

/// The reason with this code.
pub fn by_code(code: &str) -> Option<&'static Reason> {
    ALL.binary_search_by(|reason| reason.code.cmp(code))
        .ok()
        .map(|at| ALL[at])
}

include!(concat!(env!("OUT_DIR"), "/reasons.rs"));
