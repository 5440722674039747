//! How clients may sign what they send: assertions, requests and proofs of possession.

/// As in `alg` (RFC 7518 section 3.1), the preferred first.
pub const ALGORITHMS: [&str; 4] = ["ES256", "EdDSA", "RS256", "PS256"];
