//! The cookies. The session cookie is an opaque secret; services receive a short-lived access token instead. The device
//! secret identifies a browser that has signed in before; only identity's sign-in methods receive it.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method, header};
use kit::errors::Problem;
use proto::reasons;
use tonic::metadata::{AsciiMetadataValue, MetadataMap};
use url::Url;

/// The `__Host-` prefix makes browsers require Secure, Path=/ and no Domain (RFC 6265bis section 4.1.3.2).
pub const COOKIE: &str = "__Host-session";

/// The cookie of the device; it outlives sessions.
pub const DEVICE_COOKIE: &str = "__Host-device";

/// Metadata of a call and of a response: the device secret.
pub const DEVICE: &str = "x-cast-device";

/// The paths of the methods that sign in, or forget devices.
const WAYS_IN: [&str; 6] = [
    "/v1/codes",
    "/v1/accounts",
    "/v1/accounts:recover",
    "/v1/sessions",
    "/v1/sessions:revokeOthers",
    "/v1/me:changePassword",
];

/// The session secret of a request, if any.
pub fn secret(headers: &HeaderMap) -> Option<&str> {
    value(headers, COOKIE)
}

/// The same for a call: empty if there is none, or if it is too long to be one of ours.
pub fn secret_or_none(headers: &HeaderMap) -> String {
    let known = secret(headers).filter(|secret| secret.len() <= 100);
    known.unwrap_or_default().to_owned()
}

/// The device secret of a request to one of identity's sign-in methods, as metadata.
pub fn device(path: &str, headers: &HeaderMap) -> Option<AsciiMetadataValue> {
    let secret = WAYS_IN
        .contains(&path.trim_end_matches('/'))
        .then(|| value(headers, DEVICE_COOKIE))
        .flatten()?;
    let mut value: AsciiMetadataValue = secret.parse().ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn value<'h>(headers: &'h HeaderMap, cookie: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == cookie)
        .map(|(_, secret)| secret)
        .filter(|secret| !secret.is_empty())
}

/// The `Set-Cookie` header for a service's response: a new secret, or the end of the session.
pub fn set_cookie(answered: &MetadataMap) -> Option<HeaderValue> {
    answered_cookie(COOKIE, answered, "x-cast-session", "x-cast-session-max-age")
}

/// The same for the device.
pub fn set_device_cookie(answered: &MetadataMap) -> Option<HeaderValue> {
    answered_cookie(DEVICE_COOKIE, answered, DEVICE, "x-cast-device-max-age")
}

fn answered_cookie(
    name: &str,
    answered: &MetadataMap,
    secret: &str,
    max_age: &str,
) -> Option<HeaderValue> {
    let secret = answered.get(secret)?.to_str().ok()?;
    let max_age: u64 = answered.get(max_age)?.to_str().ok()?.parse().ok()?;
    cookie(name, secret, Duration::from_secs(max_age))
}

/// The `Set-Cookie` header that deletes the session cookie.
pub fn forget() -> HeaderValue {
    cookie(COOKIE, "", Duration::ZERO).unwrap_or(HeaderValue::from_static(""))
}

fn cookie(name: &str, secret: &str, max_age: Duration) -> Option<HeaderValue> {
    let text = format!(
        "{name}={secret}; Path=/; Max-Age={}; Secure; HttpOnly; SameSite=Lax",
        max_age.as_secs()
    );
    let mut value = HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Refuses a cross-site request with the visitor's cookie.
///
/// Reading is harmless: another site cannot read the response. For all other methods a browser sends the origin, in
/// `Sec-Fetch-Site` (Fetch Metadata) or `Origin`. A program that sends neither was given the cookie deliberately.
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
    fn only_ways_in_are_told_the_device() {
        let found = headers(&[("cookie", "__Host-session=a; __Host-device=d")]);
        let told = device("/v1/sessions", &found).unwrap();
        assert_eq!(told, "d");
        assert!(told.is_sensitive());
        for path in ["/v1/me", "/v1/sessions/current", "/v1/organisations", "/"] {
            assert_eq!(device(path, &found), None, "{path}");
        }
        assert_eq!(
            device("/v1/sessions", &headers(&[("cookie", "device=d")])),
            None
        );
        let mut answered = MetadataMap::new();
        answered.insert(DEVICE, "abc".parse().unwrap());
        answered.insert("x-cast-device-max-age", "60".parse().unwrap());
        assert_eq!(
            set_device_cookie(&answered).unwrap(),
            "__Host-device=abc; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Lax"
        );
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
