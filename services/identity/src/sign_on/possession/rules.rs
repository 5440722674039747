//! What a proof of possession must say (RFC 9449 section 4.3). Pure.

use serde::Deserialize;
use time::{Duration, OffsetDateTime};
use url::Url;

use crate::sign_on::rules::s256;

/// A proof is made for each request, so it is not older.
pub const OLDEST: Duration = Duration::seconds(120);
/// A clock of a device may be ahead by this.
pub const LEEWAY: Duration = Duration::seconds(60);
/// Characters of `jti`.
const MOST_CHARACTERS: usize = 300;

/// The claims that count. A `nonce` is none of ours, and is not looked at.
#[derive(Clone, Debug, Deserialize)]
pub struct Proof {
    /// What it calls itself.
    pub jti: String,
    /// The method that it is for.
    pub htm: String,
    /// The address that it is for.
    pub htu: String,
    /// When it was made, in seconds since 1970; some software writes fractions.
    pub iat: f64,
    /// The hash of the access token that it goes with.
    pub ath: Option<String>,
}

/// What a proof goes with.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The method of HTTP.
    pub method: &'a str,
    /// The address, without query.
    pub address: &'a str,
    /// The access token, where one is used.
    pub access_token: Option<&'a str>,
}

/// Whether a genuine proof is one for this request; until when it must not serve again.
pub fn check(
    proof: &Proof,
    request: &Request<'_>,
    now: OffsetDateTime,
) -> Result<OffsetDateTime, &'static str> {
    if proof.htm != request.method {
        return Err("the DPoP proof is for another method (htm)");
    }
    if !same_address(&proof.htu, request.address) {
        return Err("the DPoP proof is for another address (htu)");
    }
    let seconds = |moment: OffsetDateTime| moment.unix_timestamp() as f64;
    if !(seconds(now - OLDEST)..=seconds(now + LEEWAY)).contains(&proof.iat) {
        return Err("the DPoP proof was not made just now (iat)");
    }
    if proof.jti.is_empty() || proof.jti.chars().count() > MOST_CHARACTERS {
        return Err("the DPoP proof must have a jti of 1 to 300 characters");
    }
    if let Some(token) = request.access_token
        && proof.ath.as_deref() != Some(s256(token).as_str())
    {
        return Err("the DPoP proof is for another access token (ath)");
    }
    // Within these bounds whatever it says.
    Ok(now + OLDEST + LEEWAY)
}

/// Query and fragment do not count, nor what is written differently for the same (RFC 3986 section 6.2).
fn same_address(named: &str, ours: &str) -> bool {
    let bare = |text: &str| {
        let mut url = Url::parse(text).ok()?;
        url.set_query(None);
        url.set_fragment(None);
        Some(url)
    };
    bare(named).is_some_and(|named| bare(ours) == Some(named))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-21 08:00 UTC);
    const ADDRESS: &str = "https://cast.example/oauth2/userinfo";

    fn with(name: &str, value: Value) -> Result<OffsetDateTime, &'static str> {
        let mut claims = json!({
            "jti": "1", "htm": "GET", "htu": ADDRESS, "iat": NOW.unix_timestamp(), "ath": s256("a token"),
        });
        claims[name] = value;
        let proof: Proof = serde_json::from_value(claims).map_err(|_| "unreadable")?;
        let request = Request {
            method: "GET",
            address: ADDRESS,
            access_token: Some("a token"),
        };
        check(&proof, &request, NOW)
    }

    #[test]
    fn a_proof_is_for_this_method_address_token_and_moment() {
        let now = NOW.unix_timestamp();
        for (name, good) in [
            ("htu", json!("HTTPS://CAST.example:443/oauth2/userinfo?a#b")),
            ("iat", json!(now - 120)),
            ("iat", json!(now as f64 + 59.5)),
            ("nonce", json!("of another server")),
        ] {
            assert!(with(name, good.clone()).is_ok(), "{name} {good}");
        }
        for (name, bad) in [
            ("htm", json!("POST")),
            ("htm", json!("get")),
            ("htu", json!("https://cast.example/oauth2/token")),
            ("htu", json!("http://cast.example/oauth2/userinfo")),
            ("htu", json!("https://cast.example/oauth2/userinfo/")),
            ("htu", json!("/oauth2/userinfo")),
            ("iat", json!(now - 121)),
            ("iat", json!(now + 61)),
            ("iat", Value::Null),
            ("jti", json!("")),
            ("jti", json!("x".repeat(301))),
            ("ath", json!(s256("another token"))),
            ("ath", Value::Null),
        ] {
            assert!(with(name, bad.clone()).is_err(), "{name} {bad}");
        }
    }

    #[test]
    fn it_is_remembered_until_it_is_too_old() {
        let until = with("iat", json!((NOW + LEEWAY).unix_timestamp())).unwrap();
        assert!(until >= NOW + LEEWAY + OLDEST);
    }
}
