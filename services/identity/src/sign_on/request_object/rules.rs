//! What a signed request must say (RFC 9101 sections 4 and 6.3), and the parameters in it. Pure.

use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

/// A request is not good for longer: it is made for one sign-in.
pub const LONGEST: Duration = Duration::hours(1);
/// Tolerated difference between clocks.
pub const LEEWAY: Duration = Duration::seconds(60);

/// Claims of the JWT itself, which are no parameters.
const OF_THE_JWT: [&str; 7] = ["iss", "aud", "exp", "iat", "nbf", "jti", "sub"];

/// Whether a type is that of a signed request, or none: many do not say (section 10.8).
pub fn is_of_type(typ: Option<&str>) -> bool {
    matches!(typ, None | Some("jwt" | "oauth-authz-req+jwt"))
}

/// The parameters in a genuine request of this client, in the order of their names.
pub fn parameters(
    claims: &Map<String, Value>,
    client_id: &str,
    issuer: &str,
    now: OffsetDateTime,
) -> Result<Vec<(String, String)>, &'static str> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("client_id") != Some(client_id) || text("iss").is_some_and(|iss| iss != client_id) {
        return Err("request: client_id and iss must be the client_id of the request");
    }
    let for_us = match claims.get("aud") {
        Some(Value::String(one)) => one == issuer,
        Some(Value::Array(many)) => many.iter().any(|one| one == issuer),
        _ => false,
    };
    if !for_us {
        return Err("request: aud must be the issuer");
    }
    let seconds = |moment: OffsetDateTime| moment.unix_timestamp() as f64;
    let at = |name: &str| {
        claims
            .get(name)
            .map(|value| value.as_f64().unwrap_or(f64::NAN))
    };
    let within = |exp: f64| exp > seconds(now - LEEWAY) && exp <= seconds(now + LONGEST + LEEWAY);
    if !at("exp").is_some_and(within) {
        return Err("request: exp must be there, not have passed, and be within an hour");
    }
    let begun = |moment: f64| moment <= seconds(now + LEEWAY);
    if !at("iat").is_none_or(begun) || !at("nbf").is_none_or(begun) {
        return Err("request: iat or nbf lies in the future");
    }
    if claims.contains_key("request") || claims.contains_key("request_uri") {
        return Err("request: it must not hold another request");
    }
    let mut parameters = Vec::new();
    for (name, value) in claims {
        if OF_THE_JWT.contains(&name.as_str()) {
            continue;
        }
        let mut say = |value: String| parameters.push((name.clone(), value));
        match value {
            Value::Null => {}
            Value::String(text) => say(text.clone()),
            // Each of several, as in a query.
            Value::Array(many) if many.iter().all(Value::is_string) => {
                many.iter()
                    .filter_map(Value::as_str)
                    .for_each(|one| say(one.to_owned()));
            }
            other => say(other.to_string()),
        }
    }
    Ok(parameters)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-21 08:00 UTC);

    fn with(name: &str, value: Value) -> Result<Vec<(String, String)>, &'static str> {
        let now = NOW.unix_timestamp();
        let mut claims = json!({
            "iss": "a", "aud": "https://cast.example", "exp": now + 300, "iat": now, "client_id": "a", "state": "s",
        });
        claims[name] = value;
        parameters(
            claims.as_object().unwrap(),
            "a",
            "https://cast.example",
            NOW,
        )
    }

    #[test]
    fn a_request_is_of_the_client_for_us_and_now() {
        let now = NOW.unix_timestamp();
        for (name, good) in [
            (
                "aud",
                json!(["https://other.example", "https://cast.example"]),
            ),
            ("exp", json!(now + 3_600)),
            ("nbf", json!(now - 5)),
            ("jti", json!("1")),
        ] {
            assert!(with(name, good.clone()).is_ok(), "{name} {good}");
        }
        for (name, bad) in [
            ("client_id", json!("b")),
            ("client_id", Value::Null),
            ("iss", json!("b")),
            ("aud", json!("https://other.example")),
            ("aud", Value::Null),
            ("exp", Value::Null),
            ("exp", json!("soon")),
            ("exp", json!(now - 60)),
            ("exp", json!(now + 3_700)),
            ("iat", json!(now + 61)),
            ("nbf", json!(now + 61)),
            ("nbf", json!("now")),
            ("request", json!("ey.ey.x")),
            ("request_uri", json!("urn:x")),
        ] {
            assert!(with(name, bad.clone()).is_err(), "{name} {bad}");
        }
        for typ in [None, Some("jwt"), Some("oauth-authz-req+jwt")] {
            assert!(is_of_type(typ));
        }
        assert!(!is_of_type(Some("dpop+jwt")) && !is_of_type(Some("at+jwt")));
    }

    #[test]
    fn parameters_are_those_of_a_query() {
        let read = |name: &str, value: Value| {
            let read = with(name, value).unwrap();
            let of = read.into_iter().filter(|(found, _)| found == name);
            of.map(|(_, value)| value).collect::<Vec<_>>()
        };
        assert_eq!(read("max_age", json!(60)), ["60"]);
        assert_eq!(read("state", json!("x y")), ["x y"]);
        assert_eq!(
            read("claims", json!({ "userinfo": {} })),
            [r#"{"userinfo":{}}"#]
        );
        assert_eq!(read("resource", json!(["a", "b"])), ["a", "b"]);
        assert!(read("nonce", Value::Null).is_empty() && read("jti", json!("1")).is_empty());
    }
}
