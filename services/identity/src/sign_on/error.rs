//! Errors as sites read them.

/// An error of OAuth 2.0 or OpenID Connect: code and words, exactly as the specifications name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {words}")]
pub struct OAuthError {
    /// E.g. `invalid_grant`.
    pub code: &'static str,
    /// For the developer of the site, in English (ASCII, RFC 6749 section 5.2).
    pub words: &'static str,
}

impl OAuthError {
    /// This code with these words.
    pub const fn new(code: &'static str, words: &'static str) -> Self {
        Self { code, words }
    }
}
