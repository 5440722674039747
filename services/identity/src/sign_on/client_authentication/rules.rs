//! What an assertion of a client must say (RFC 7523 section 3, OpenID Connect Core 1.0 section 9). Pure.

use serde::Deserialize;
use time::{Duration, OffsetDateTime};

/// The one type of assertions.
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// An assertion lives no longer: as long it has to be remembered that it has served. Software signs them for up to an hour.
pub const LONGEST: Duration = Duration::hours(1);
/// Tolerated difference between clocks.
pub const LEEWAY: Duration = Duration::seconds(60);
/// Characters of `jti`.
const MOST_CHARACTERS: usize = 300;

/// The claims that count.
#[derive(Clone, Debug, Deserialize)]
pub struct Assertion {
    /// Who has made it.
    pub iss: String,
    /// About whom.
    pub sub: String,
    /// For whom.
    pub aud: Audience,
    /// When it ends, in seconds since 1970; some software writes fractions.
    pub exp: f64,
    /// When it was made.
    pub iat: Option<f64>,
    /// When it begins.
    pub nbf: Option<f64>,
    /// What it calls itself.
    pub jti: String,
}

/// One or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    /// A string.
    One(String),
    /// An array.
    Many(Vec<String>),
}

/// Whether a genuine assertion proves that it comes from this client, now, to us; until when it must not serve again.
pub fn check(
    assertion: &Assertion,
    client_id: &str,
    audiences: &[&str],
    now: OffsetDateTime,
) -> Result<OffsetDateTime, &'static str> {
    if assertion.iss != client_id || assertion.sub != client_id {
        return Err("client_assertion: iss and sub must be the client_id");
    }
    let named = match &assertion.aud {
        Audience::One(one) => std::slice::from_ref(one),
        Audience::Many(many) => many.as_slice(),
    };
    // Another server that is named beside us could present it here.
    if named.is_empty() || !named.iter().all(|one| audiences.contains(&one.as_str())) {
        return Err(
            "client_assertion: aud must be the issuer or the token endpoint, and nothing else",
        );
    }
    let seconds = |moment: OffsetDateTime| moment.unix_timestamp() as f64;
    let (early, late) = (seconds(now - LEEWAY), seconds(now + LEEWAY));
    if assertion.exp <= early {
        return Err("client_assertion: exp has passed");
    }
    if assertion.exp > seconds(now + LONGEST + LEEWAY) {
        return Err("client_assertion: exp must be within an hour");
    }
    let begun = |moment: Option<f64>| moment.is_none_or(|moment| moment <= late);
    if !begun(assertion.iat) || !begun(assertion.nbf) {
        return Err("client_assertion: iat or nbf lies in the future");
    }
    if assertion.jti.is_empty() || assertion.jti.chars().count() > MOST_CHARACTERS {
        return Err("client_assertion: jti must have 1 to 300 characters");
    }
    // Bounded above, so it fits; beyond its end by what clocks differ.
    let ends = OffsetDateTime::from_unix_timestamp(assertion.exp.ceil() as i64);
    Ok(ends.map_err(|_| "client_assertion: exp has passed")? + LEEWAY)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-21 08:00 UTC);
    const OURS: [&str; 2] = ["https://cast.example", "https://cast.example/oauth2/token"];

    fn with(name: &str, value: Value) -> Result<OffsetDateTime, &'static str> {
        let now = NOW.unix_timestamp();
        let mut claims = json!({
            "iss": "a", "sub": "a", "aud": OURS[0], "exp": now + 60, "iat": now, "jti": "1",
        });
        claims[name] = value;
        let assertion: Assertion = serde_json::from_value(claims).map_err(|_| "unreadable")?;
        check(&assertion, "a", &OURS, NOW)
    }

    #[test]
    fn an_assertion_is_of_the_client_for_us_and_now() {
        let now = NOW.unix_timestamp();
        for (name, good) in [
            ("aud", json!(OURS[1])),
            ("aud", json!([OURS[0]])),
            ("aud", json!(OURS)),
            ("exp", json!(now as f64 + 0.5)),
            ("exp", json!(now - 59)),
            ("exp", json!(now + 3_600)),
            ("iat", json!(now + 60)),
            ("iat", Value::Null),
            ("nbf", json!(now - 5)),
        ] {
            assert!(with(name, good.clone()).is_ok(), "{name} {good}");
        }
        for (name, bad) in [
            ("iss", json!("b")),
            ("sub", json!("b")),
            ("aud", json!("https://other.example")),
            ("aud", json!([])),
            ("aud", json!([OURS[0], "https://other.example"])),
            ("aud", json!("https://cast.example/")),
            ("exp", json!(now - 60)),
            ("exp", json!(now + 3_700)),
            ("exp", json!(1e300)),
            ("exp", json!("1")),
            ("iat", json!(now + 61)),
            ("nbf", json!(now + 61)),
            ("jti", json!("")),
            ("jti", json!("x".repeat(301))),
            ("jti", json!(7)),
        ] {
            assert!(with(name, bad.clone()).is_err(), "{name} {bad}");
        }
    }

    #[test]
    fn it_is_remembered_until_no_clock_takes_it() {
        let now = NOW.unix_timestamp();
        let until = with("exp", json!(now + 60)).unwrap();
        assert_eq!(until, NOW + Duration::seconds(60) + LEEWAY);
        // What is refused as passed then.
        let assertion = |at: i64| with("exp", json!(at));
        assert!(assertion(until.unix_timestamp() - 181).is_err());
    }
}
