//! The decisions of OAuth 2.0 (RFC 6749), PKCE (RFC 7636) and OpenID Connect Core 1.0 that need no database. Pure.

use aws_lc_rs::{
    constant_time::verify_slices_are_equal,
    digest::{SHA256, digest},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use time::{Duration, OffsetDateTime};

use super::error::OAuthError;
use crate::clients::{Kind, rules::SIGN_ON_SCOPES, rules::is_registered};

/// An authorization code is void after this (RFC 6749 section 4.1.2 allows ten minutes).
pub const CODE_LIFETIME: Duration = Duration::seconds(60);

/// What a site sends to the authorization endpoint.
#[derive(Clone, Debug, Default)]
pub struct Parameters {
    /// `client_id`.
    pub client_id: String,
    /// `redirect_uri`.
    pub redirect_uri: String,
    /// `response_type`.
    pub response_type: String,
    /// `scope`.
    pub scope: String,
    /// `state`.
    pub state: String,
    /// `nonce`.
    pub nonce: String,
    /// `code_challenge`.
    pub code_challenge: String,
    /// `code_challenge_method`.
    pub code_challenge_method: String,
    /// `max_age`.
    pub max_age: String,
    /// `response_mode`.
    pub response_mode: String,
}

/// What must be known of a client to judge a request.
#[derive(Clone, Copy, Debug)]
pub struct Registered<'a> {
    /// What kind of client it is.
    pub kind: Kind,
    /// Whether it is disabled.
    pub disabled: bool,
    /// Its scopes.
    pub scopes: &'a [String],
    /// Its redirect addresses.
    pub redirect_uris: &'a [String],
    /// Whether it may do without PKCE, if it sends a nonce.
    pub pkce_optional: bool,
    /// Whether it must push its requests, and this one was not.
    pub pushed_requests_only: bool,
}

/// Why an authorization request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Code and words for the site.
    pub error: OAuthError,
    /// Whether it may be sent to the redirect address: that is known to be the client's.
    pub redirectable: bool,
}

/// Checks an authorization request (OpenID Connect Core 1.0 section 3.1.2.2) and returns the scopes it comes to, in the order of
/// [`SIGN_ON_SCOPES`].
pub fn check_request(
    parameters: &Parameters,
    client: Option<Registered<'_>>,
) -> Result<Vec<&'static str>, Refusal> {
    // Before the redirect address is known to be the client's, nothing may be sent to it (RFC 6749 section 4.1.2.1).
    let show = |code, words| Refusal {
        error: OAuthError::new(code, words),
        redirectable: false,
    };
    let send = |code, words| Refusal {
        error: OAuthError::new(code, words),
        redirectable: true,
    };
    if parameters.client_id.is_empty() {
        return Err(show("invalid_request", "client_id is missing"));
    }
    let client = client
        .filter(|client| !client.disabled)
        .ok_or_else(|| show("invalid_client", "unknown or disabled client"))?;
    if client.kind == Kind::Machine {
        return Err(show(
            "unauthorized_client",
            "this client does not sign people in",
        ));
    }
    if parameters.redirect_uri.is_empty() {
        return Err(show("invalid_request", "redirect_uri is missing"));
    }
    if !is_registered(client.kind, client.redirect_uris, &parameters.redirect_uri) {
        return Err(show(
            "invalid_request",
            "redirect_uri is not registered for this client",
        ));
    }
    if client.pushed_requests_only {
        return Err(send(
            "invalid_request",
            "this client must push its authorization requests (RFC 9126)",
        ));
    }
    if !matches!(parameters.response_mode.as_str(), "" | "query") {
        return Err(send(
            "unsupported_response_mode",
            "response_mode must be query",
        ));
    }
    if max_age(&parameters.max_age).is_err() {
        return Err(send(
            "invalid_request",
            "max_age must be a number of seconds, 0 or more",
        ));
    }
    match parameters.response_type.as_str() {
        "code" => {}
        "" => return Err(send("invalid_request", "response_type is missing")),
        _ => {
            return Err(send(
                "unsupported_response_type",
                "response_type must be code",
            ));
        }
    }
    if parameters.code_challenge.is_empty() {
        if !client.pkce_optional {
            return Err(send(
                "invalid_request",
                "code_challenge is missing: PKCE is required",
            ));
        }
        // One of both binds the code to the browser that asked (RFC 9700 section 2.1.1).
        if parameters.nonce.is_empty() {
            return Err(send(
                "invalid_request",
                "nonce is missing: without PKCE it is required",
            ));
        }
        return scopes(&parameters.scope, client.scopes)
            .map_err(|words| send("invalid_scope", words));
    }
    if parameters.code_challenge_method != "S256" {
        return Err(send(
            "invalid_request",
            "code_challenge_method must be S256",
        ));
    }
    if !is_challenge(&parameters.code_challenge) {
        return Err(send(
            "invalid_request",
            "code_challenge must be 43 characters of base64url",
        ));
    }
    scopes(&parameters.scope, client.scopes).map_err(|words| send("invalid_scope", words))
}

/// The scopes a request comes to. Values we do not know are ignored (OpenID Connect Core 1.0 section 3.1.2.1); those we know and the
/// client is not registered for are refused.
pub(super) fn scopes(
    requested: &str,
    registered: &[String],
) -> Result<Vec<&'static str>, &'static str> {
    // RFC 6749 section 3.3.
    let token = |b: u8| b == 0x21 || (0x23..=0x5b).contains(&b) || (0x5d..=0x7e).contains(&b);
    if !requested.bytes().all(|b| b == b' ' || token(b)) {
        return Err("scope contains characters that are not allowed");
    }
    let requested: Vec<&str> = requested
        .split(' ')
        .filter(|scope| !scope.is_empty())
        .collect();
    if !requested.contains(&"openid") {
        return Err("scope must contain openid");
    }
    let known: Vec<&'static str> = SIGN_ON_SCOPES
        .iter()
        .copied()
        .filter(|scope| requested.contains(scope))
        .collect();
    if known
        .iter()
        .all(|scope| registered.iter().any(|r| r == scope))
    {
        Ok(known)
    } else {
        Err("scope exceeds what the client is registered for")
    }
}

/// Not a number of seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoAge;

/// How long ago a person may have signed in; `None` if the site does not say. More than fits is as good as for ever.
pub fn max_age(text: &str) -> Result<Option<Duration>, NoAge> {
    if text.is_empty() {
        return Ok(None);
    }
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(NoAge);
    }
    Ok(text
        .parse::<u32>()
        .ok()
        .map(|s| Duration::seconds(s.into())))
}

/// Whether a sign-in is too long ago for what the site asks. With 0 every sign-in is (it means the same as `prompt=login`).
pub fn is_stale(
    max_age: Option<Duration>,
    signed_in_at: OffsetDateTime,
    now: OffsetDateTime,
) -> bool {
    max_age.is_some_and(|age| age.is_zero() || now - signed_in_at > age)
}

/// Whether a text has the form of a SHA-256 in base64url.
pub(super) fn is_challenge(text: &str) -> bool {
    text.len() == 43
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Whether the verifier is the one the challenge was made from (RFC 7636 section 4.6, S256), in constant time.
pub fn verifier_matches(verifier: &str, challenge: &str) -> bool {
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    (43..=128).contains(&verifier.len())
        && verifier.bytes().all(unreserved)
        && verify_slices_are_equal(s256(verifier).as_bytes(), challenge.as_bytes()).is_ok()
}

/// The challenge of a verifier.
pub fn s256(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}

/// The left half of the SHA-256 of a token (OpenID Connect Core 1.0 section 3.1.3.6), for `at_hash`.
pub fn half_hash(token: &str) -> String {
    let hash = digest(&SHA256, token.as_bytes());
    URL_SAFE_NO_PAD.encode(hash.as_ref().get(..16).unwrap_or_default())
}

/// An authorization code as it is kept.
#[derive(Clone, Debug)]
pub struct StoredCode {
    /// Whom it was issued to.
    pub client_id: uuid::Uuid,
    /// Where it was sent.
    pub redirect_uri: String,
    /// The PKCE challenge; empty for a client that did without.
    pub code_challenge: String,
    /// When it becomes void.
    pub expires_at: OffsetDateTime,
    /// Whether it was used.
    pub used: bool,
    /// Whether the session it was given in is still alive.
    pub session_alive: bool,
    /// The key that the tokens are to be bound to, if the site has named one.
    pub dpop_jkt: Option<String>,
}

/// What the client presents at the token endpoint.
#[derive(Clone, Copy, Debug)]
pub struct Presented<'a> {
    /// Who presents it, authenticated.
    pub client_id: uuid::Uuid,
    /// Must repeat the one of the authorization request.
    pub redirect_uri: &'a str,
    /// PKCE; empty if there was no challenge.
    pub code_verifier: &'a str,
    /// The key whose possession it has proven.
    pub key: Option<&'a str>,
}

/// Why a code is not exchanged. To the client all of these are `invalid_grant`; the audit trail tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeRefused {
    /// A second use: the code was copied.
    #[error("used before")]
    Used,
    /// Too late.
    #[error("expired")]
    Expired,
    /// Issued to another client.
    #[error("issued to another client")]
    OtherClient,
    /// Another redirect address than in the request.
    #[error("redirect_uri differs")]
    OtherRedirect,
    /// PKCE fails.
    #[error("code_verifier does not match")]
    Verifier,
    /// The key is another one than the site has named (RFC 9449 section 10).
    #[error("another key than dpop_jkt")]
    OtherKey,
    /// The person has signed out meanwhile.
    #[error("the session has ended")]
    SignedOut,
    /// The person has withdrawn the consent meanwhile.
    #[error("the consent was withdrawn")]
    Withdrawn,
}

impl CodeRefused {
    /// For the audit trail.
    pub fn code(self) -> &'static str {
        match self {
            Self::Used => "CODE_USED_BEFORE",
            Self::Expired => "CODE_EXPIRED",
            Self::OtherClient => "CODE_OF_ANOTHER_CLIENT",
            Self::OtherRedirect => "REDIRECT_DIFFERS",
            Self::Verifier => "VERIFIER_WRONG",
            Self::OtherKey => "KEY_DIFFERS",
            Self::SignedOut => "SESSION_ENDED",
            Self::Withdrawn => "CONSENT_WITHDRAWN",
        }
    }

    /// Whether the code is void from now on. A code that the wrong client presents stays good for the right one: it proves nothing
    /// about the right one, and voiding it would let anybody disturb the sign-in of others.
    pub fn voids(self) -> bool {
        !matches!(self, Self::OtherClient)
    }
}

/// Whether a code may be exchanged (RFC 6749 section 4.1.3, RFC 7636 section 4.6).
pub fn exchange(
    code: &StoredCode,
    presented: Presented<'_>,
    now: OffsetDateTime,
) -> Result<(), CodeRefused> {
    if code.client_id != presented.client_id {
        return Err(CodeRefused::OtherClient);
    }
    if code.used {
        return Err(CodeRefused::Used);
    }
    if now >= code.expires_at {
        return Err(CodeRefused::Expired);
    }
    if code.redirect_uri != presented.redirect_uri {
        return Err(CodeRefused::OtherRedirect);
    }
    // Without a challenge there is nothing that a verifier could match (RFC 9700 section 4.8.2).
    let proven = match code.code_challenge.as_str() {
        "" => presented.code_verifier.is_empty(),
        challenge => verifier_matches(presented.code_verifier, challenge),
    };
    if !proven {
        return Err(CodeRefused::Verifier);
    }
    if code.dpop_jkt.is_some() && code.dpop_jkt.as_deref() != presented.key {
        return Err(CodeRefused::OtherKey);
    }
    if !code.session_alive {
        return Err(CodeRefused::SignedOut);
    }
    Ok(())
}

/// The scopes of a client_credentials token: all of the client's, or the named ones if it has them all.
pub fn machine_scopes(requested: &str, registered: &[String]) -> Result<String, OAuthError> {
    let requested: Vec<&str> = requested
        .split(' ')
        .filter(|scope| !scope.is_empty())
        .collect();
    if requested.is_empty() {
        return Ok(registered.join(" "));
    }
    if !requested
        .iter()
        .all(|scope| registered.iter().any(|r| r == scope))
    {
        return Err(OAuthError::new(
            "invalid_scope",
            "scope exceeds what the client is registered for",
        ));
    }
    let granted: Vec<&str> = registered
        .iter()
        .map(String::as_str)
        .filter(|scope| requested.contains(scope))
        .collect();
    Ok(granted.join(" "))
}

/// The redirect address with parameters added to its query (RFC 6749 appendix B). What was registered stays as it is.
pub fn redirect_to(redirect_uri: &str, parameters: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in parameters.iter().filter(|(_, value)| !value.is_empty()) {
        query.append_pair(name, value);
    }
    let separator = match redirect_uri.find('?') {
        None => "?",
        Some(at) if at + 1 == redirect_uri.len() || redirect_uri.ends_with('&') => "",
        Some(_) => "&",
    };
    format!("{redirect_uri}{separator}{}", query.finish())
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
