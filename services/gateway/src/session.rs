//! The session cookie. The browser holds an opaque secret and nothing else; a service sees a short-lived access token.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method, header};
use kit::errors::Problem;
use proto::reasons;
use tonic::metadata::MetadataMap;
use url::Url;

/// The `__Host-` prefix makes browsers insist on Secure, Path=/ and no Domain (RFC 6265bis section 4.1.3.2).
pub const COOKIE: &str = "__Host-session";

/// The session secret of a request, if it carries one.
pub fn secret(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, secret)| secret)
        .filter(|secret| !secret.is_empty())
}

/// The `Set-Cookie` header for what a service answered: a new secret, or the end of the session.
pub fn set_cookie(answered: &MetadataMap) -> Option<HeaderValue> {
    let secret = answered.get("x-cast-session")?.to_str().ok()?;
    let max_age: u64 = answered
        .get("x-cast-session-max-age")?
        .to_str()
        .ok()?
        .parse()
        .ok()?;
    cookie(secret, Duration::from_secs(max_age))
}

/// The `Set-Cookie` header that makes the browser forget the session.
pub fn forget() -> HeaderValue {
    cookie("", Duration::ZERO).unwrap_or(HeaderValue::from_static(""))
}

fn cookie(secret: &str, max_age: Duration) -> Option<HeaderValue> {
    let text = format!(
        "{COOKIE}={secret}; Path=/; Max-Age={}; Secure; HttpOnly; SameSite=Lax",
        max_age.as_secs()
    );
    let mut value = HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Refuses a request that another site made with the visitor's cookie.
///
/// Reading is harmless: another site cannot see the answer. For everything else a browser says where the request comes from,
/// by `Sec-Fetch-Site` (Fetch Metadata) or `Origin`. A program that sends neither has the cookie because it was given it.
pub fn same_site(method: &Method, headers: &HeaderMap, public_url: &Url) -> Result<(), Problem> {
    if method.is_safe() {
        return Ok(());
    }
    let text = |name: &str| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap_or_default())
    };
    let ours = match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => site == "same-origin" || site == "none",
        (None, Some(origin)) => origin == public_url.origin().ascii_serialization(),
        (None, None) => true,
    };
    if ours {
        Ok(())
    } else {
        Err(Problem::of(&reasons::CROSS_SITE_REQUEST))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn the_secret_is_found_among_other_cookies() {
        let found = headers(&[("cookie", "a=b; __Host-session=s3cret; c=d")]);
        assert_eq!(secret(&found), Some("s3cret"));
        assert_eq!(
            secret(&headers(&[("cookie", "session=x; __Host-session=")])),
            None
        );
    }

    #[test]
    fn a_cookie_is_bound_to_this_host_and_hidden_from_scripts() {
        let mut answered = MetadataMap::new();
        answered.insert("x-cast-session", "abc".parse().unwrap());
        answered.insert("x-cast-session-max-age", "60".parse().unwrap());
        let value = set_cookie(&answered).unwrap();
        assert_eq!(
            value,
            "__Host-session=abc; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Lax"
        );
        assert!(value.is_sensitive());
    }

    #[test]
    fn writes_from_other_sites_are_refused() {
        let public = Url::parse("https://cast.example").unwrap();
        let check = |method: Method, pairs: &[(&'static str, &str)]| {
            same_site(&method, &headers(pairs), &public).is_ok()
        };
        assert!(check(Method::GET, &[("sec-fetch-site", "cross-site")]));
        assert!(check(Method::POST, &[("sec-fetch-site", "same-origin")]));
        assert!(!check(Method::POST, &[("sec-fetch-site", "cross-site")]));
        assert!(!check(Method::POST, &[("sec-fetch-site", "same-site")]));
        assert!(check(Method::POST, &[("origin", "https://cast.example")]));
        assert!(!check(
            Method::POST,
            &[("origin", "https://cast.example.evil")]
        ));
        assert!(!check(Method::POST, &[("origin", "null")]));
        assert!(check(Method::DELETE, &[]));
    }
}
