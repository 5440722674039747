#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use time::macros::datetime;
use uuid::Uuid;

use super::*;

const NOW: OffsetDateTime = datetime!(2026-11-21 08:00 UTC);
/// RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

struct Site {
    scopes: Vec<String>,
    redirect_uris: Vec<String>,
}

impl Site {
    fn new() -> Self {
        Self {
            scopes: ["openid", "profile"].map(str::to_owned).to_vec(),
            redirect_uris: vec!["https://site.example.cn/callback".to_owned()],
        }
    }

    fn registered(&self) -> Registered<'_> {
        Registered {
            kind: Kind::Web,
            disabled: false,
            scopes: &self.scopes,
            redirect_uris: &self.redirect_uris,
            pkce_optional: false,
            pushed_requests_only: false,
        }
    }
}

fn request() -> Parameters {
    Parameters {
        client_id: "c".into(),
        redirect_uri: "https://site.example.cn/callback".into(),
        response_type: "code".into(),
        scope: "openid profile".into(),
        state: "s".into(),
        nonce: "n".into(),
        code_challenge: CHALLENGE.into(),
        code_challenge_method: "S256".into(),
        ..Parameters::default()
    }
}

fn judged(change: impl FnOnce(&mut Parameters)) -> Result<Vec<&'static str>, (&'static str, bool)> {
    let (site, mut parameters) = (Site::new(), request());
    change(&mut parameters);
    check_request(&parameters, Some(site.registered())).map_err(|r| (r.error.code, r.redirectable))
}

#[test]
fn pkce_agrees_with_the_example_of_its_rfc() {
    assert_eq!(s256(VERIFIER), CHALLENGE);
    assert!(verifier_matches(VERIFIER, CHALLENGE));
    assert!(
        !verifier_matches(CHALLENGE, CHALLENGE),
        "`plain` is not offered"
    );
    assert!(!verifier_matches("", CHALLENGE));
}

#[test]
fn at_hash_agrees_with_the_example_of_openid_connect_core() {
    // Appendix A.3: the access token there and its at_hash in the ID token.
    assert_eq!(
        half_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"),
        "77QmUPtjPfzWtF2AnpK9RQ"
    );
}

#[test]
fn nothing_is_sent_to_an_address_that_is_not_the_clients() {
    assert_eq!(
        judged(|p| p.redirect_uri = "https://evil.example/".into()),
        Err(("invalid_request", false))
    );
    assert_eq!(
        judged(|p| p.redirect_uri.clear()),
        Err(("invalid_request", false))
    );
    assert_eq!(
        judged(|p| p.client_id.clear()),
        Err(("invalid_request", false))
    );
    let site = Site::new();
    let unknown = check_request(&request(), None).unwrap_err();
    assert_eq!(
        (unknown.error.code, unknown.redirectable),
        ("invalid_client", false)
    );
    let disabled = Registered {
        disabled: true,
        ..site.registered()
    };
    let refusal = check_request(&request(), Some(disabled)).unwrap_err();
    assert_eq!(
        (refusal.error.code, refusal.redirectable),
        ("invalid_client", false)
    );
    let machine = Registered {
        kind: Kind::Machine,
        ..site.registered()
    };
    let refusal = check_request(&request(), Some(machine)).unwrap_err();
    assert_eq!(
        (refusal.error.code, refusal.redirectable),
        ("unauthorized_client", false)
    );
}

#[test]
fn other_faults_are_told_to_the_client_in_the_words_of_the_specifications() {
    assert_eq!(judged(|_| {}), Ok(vec!["openid", "profile"]));
    for (change, code) in [
        (
            (|p| p.response_type = "token".into()) as fn(&mut Parameters),
            "unsupported_response_type",
        ),
        (
            |p| p.response_type = "code id_token".into(),
            "unsupported_response_type",
        ),
        (|p| p.response_type.clear(), "invalid_request"),
        (|p| p.code_challenge.clear(), "invalid_request"),
        (
            |p| p.code_challenge_method = "plain".into(),
            "invalid_request",
        ),
        (|p| p.code_challenge_method.clear(), "invalid_request"),
        (|p| p.code_challenge = "short".into(), "invalid_request"),
        (|p| p.scope = "profile".into(), "invalid_scope"),
        (|p| p.scope.clear(), "invalid_scope"),
        (|p| p.scope = "openid person_number".into(), "invalid_scope"),
        (|p| p.scope = "openid \"x\"".into(), "invalid_scope"),
    ] {
        assert_eq!(judged(change), Err((code, true)));
    }
    assert_eq!(
        judged(|p| p.scope = "unheard_of openid address".into()),
        Ok(vec!["openid"]),
        "unknown scopes are ignored"
    );
}

fn stored() -> StoredCode {
    StoredCode {
        client_id: Uuid::from_u128(1),
        redirect_uri: "https://site.example.cn/callback".into(),
        code_challenge: CHALLENGE.into(),
        expires_at: NOW + CODE_LIFETIME,
        used: false,
        session_alive: true,
        dpop_jkt: None,
    }
}

fn presented<'a>() -> Presented<'a> {
    Presented {
        client_id: Uuid::from_u128(1),
        redirect_uri: "https://site.example.cn/callback",
        code_verifier: VERIFIER,
        key: None,
    }
}

#[test]
fn a_code_is_exchanged_only_by_its_client_once_in_time_with_address_and_verifier() {
    assert_eq!(exchange(&stored(), presented(), NOW), Ok(()));
    assert_eq!(
        exchange(&stored(), presented(), NOW + CODE_LIFETIME),
        Err(CodeRefused::Expired)
    );
    let try_with = |code: StoredCode, presented| exchange(&code, presented, NOW);
    assert_eq!(
        try_with(
            StoredCode {
                used: true,
                ..stored()
            },
            presented()
        ),
        Err(CodeRefused::Used)
    );
    assert_eq!(
        try_with(
            StoredCode {
                session_alive: false,
                ..stored()
            },
            presented()
        ),
        Err(CodeRefused::SignedOut)
    );
    for key in [None, Some("another key")] {
        let bound = StoredCode {
            dpop_jkt: Some("a key".into()),
            ..stored()
        };
        let with = |key| Presented { key, ..presented() };
        let refused = exchange(&bound, with(key), NOW);
        assert_eq!(refused, Err(CodeRefused::OtherKey));
        assert_eq!(exchange(&bound, with(Some("a key")), NOW), Ok(()));
        // A site that has named none may prove any.
        assert_eq!(exchange(&stored(), with(key), NOW), Ok(()));
    }
    let other = Presented {
        client_id: Uuid::from_u128(2),
        ..presented()
    };
    assert_eq!(try_with(stored(), other), Err(CodeRefused::OtherClient));
    for uri in [
        "https://site.example.cn/callback/",
        "",
        "https://site.example.cn/CALLBACK",
    ] {
        let elsewhere = Presented {
            redirect_uri: uri,
            ..presented()
        };
        assert_eq!(
            try_with(stored(), elsewhere),
            Err(CodeRefused::OtherRedirect)
        );
    }
    for verifier in ["", CHALLENGE, "aBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"] {
        let wrong = Presented {
            code_verifier: verifier,
            ..presented()
        };
        assert_eq!(try_with(stored(), wrong), Err(CodeRefused::Verifier));
    }
    assert!(CodeRefused::Verifier.voids() && !CodeRefused::OtherClient.voids());
}

#[test]
fn a_system_gets_its_scopes_or_fewer_and_never_more() {
    let registered = ["members.read", "members.verify"].map(str::to_owned);
    assert_eq!(
        machine_scopes("", &registered).unwrap(),
        "members.read members.verify"
    );
    assert_eq!(
        machine_scopes("members.verify", &registered).unwrap(),
        "members.verify"
    );
    assert_eq!(
        machine_scopes("members.verify grants.manage", &registered)
            .unwrap_err()
            .code,
        "invalid_scope"
    );
}

#[test]
fn parameters_are_added_behind_what_is_registered() {
    let to = |uri| {
        redirect_to(
            uri,
            &[("code", "a b"), ("state", ""), ("iss", "https://p.example")],
        )
    };
    assert_eq!(
        to("https://s.cn/cb"),
        "https://s.cn/cb?code=a+b&iss=https%3A%2F%2Fp.example"
    );
    assert_eq!(
        to("https://s.cn/cb?x=1"),
        "https://s.cn/cb?x=1&code=a+b&iss=https%3A%2F%2Fp.example"
    );
    assert_eq!(
        to("https://s.cn/cb?"),
        "https://s.cn/cb?code=a+b&iss=https%3A%2F%2Fp.example"
    );
}

proptest! {
    #[test]
    fn a_verifier_matches_its_own_challenge_alone(verifier in "[A-Za-z0-9._~-]{43,128}", other in "[A-Za-z0-9._~-]{43,128}") {
        prop_assert!(verifier_matches(&verifier, &s256(&verifier)));
        prop_assert_eq!(verifier_matches(&other, &s256(&verifier)), other == verifier);
    }

    #[test]
    fn verifiers_outside_the_rfc_never_match(verifier in "[A-Za-z0-9]{0,42}|[A-Za-z0-9]{129,140}|[A-Za-z0-9]{42}[ /+=é]") {
        prop_assert!(!verifier_matches(&verifier, &s256(&verifier)));
    }

    #[test]
    fn no_request_makes_it_panic(scope in "\\PC{0,40}", challenge in "\\PC{0,50}", uri in "\\PC{0,40}") {
        let site = Site::new();
        let parameters = Parameters { scope, code_challenge: challenge, redirect_uri: uri, ..request() };
        let _ = check_request(&parameters, Some(site.registered()));
    }

    #[test]
    fn the_state_comes_back_as_it_was(state in "\\PC{1,40}") {
        let url = redirect_to("https://s.cn/cb?x=1", &[("state", &state)]);
        let url = url::Url::parse(&url).unwrap();
        let back = url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        prop_assert_eq!(back, state);
        prop_assert_eq!(url.host_str(), Some("s.cn"));
    }
}

#[test]
fn the_age_of_a_sign_in_is_a_number_of_seconds() {
    let signed_in = time::macros::datetime!(2026-11-21 08:00 UTC);
    let later = |seconds: i64| signed_in + Duration::seconds(seconds);
    for (text, after, stale) in [
        ("", 1_000_000, false),
        ("1", 1, false),
        ("1", 2, true),
        ("0", 0, true),
        ("3600", 3_600, false),
        ("3600", 3_601, true),
        ("99999999999999999999", 1_000_000, false),
    ] {
        let age = max_age(text).unwrap();
        assert_eq!(
            is_stale(age, signed_in, later(after)),
            stale,
            "{text} {after}"
        );
    }
    for wrong in ["-1", "+1", "1.5", "１", " 1", "abc"] {
        assert_eq!(max_age(wrong), Err(NoAge), "{wrong}");
    }
}
