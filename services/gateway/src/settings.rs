//! What the gateway itself is told, besides what every service is told.

use std::num::NonZeroU32;

use serde::Deserialize;

/// The gateway's own variables.
#[derive(Clone, Debug, Deserialize)]
pub struct Settings {
    /// `CAST_TRUSTED_PROXIES`: how many proxies in front of the gateway append to `X-Forwarded-For`. 0 unless said.
    #[serde(default)]
    pub trusted_proxies: usize,
    /// `CAST_REQUESTS_PER_SECOND`: for one address, with ten seconds' worth at once. 200 unless said; a university behind one address
    /// is many people.
    #[serde(default = "requests_per_second")]
    pub requests_per_second: NonZeroU32,
    /// `CAST_TRUST_TRACEPARENT`: whether the trace context of a request is continued. Only behind a proxy that sets it itself; no unless
    /// said, and then a trace begins at the gateway.
    #[serde(default)]
    pub trust_traceparent: bool,
}

fn requests_per_second() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(199)
}
