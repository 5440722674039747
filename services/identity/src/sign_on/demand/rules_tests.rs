#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use time::macros::datetime;

use super::*;
use crate::clients::Kind;

const NOW: OffsetDateTime = datetime!(2026-11-21 08:00 UTC);
const RESOURCE: &str = "https://wskx.example.cn/userinfo";
const CALLBACK: &str = "https://site.example.cn/callback";
const BASE: [(&str, &str); 7] = [
    ("client_id", "c"),
    ("redirect_uri", CALLBACK),
    ("response_type", "code"),
    ("scope", "openid profile"),
    ("nonce", "n"),
    (
        "code_challenge",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    ),
    ("code_challenge_method", "S256"),
];

fn texts(of: &[&str]) -> Vec<String> {
    of.iter().map(|text| (*text).to_owned()).collect()
}

fn judged(more: &[(&str, &str)], hint: &Hint) -> Result<Demand, Refusal> {
    let (scopes, uris) = (texts(&["openid", "profile", "email"]), texts(&[CALLBACK]));
    let client = Registered {
        kind: Kind::Web,
        disabled: false,
        scopes: &scopes,
        redirect_uris: &uris,
        pkce_optional: false,
        pushed_requests_only: false,
    };
    let pairs: Vec<_> = BASE.iter().chain(more).copied().collect();
    judge(&Sent::read(&pairs), Some(client), hint, RESOURCE)
}

fn refused(more: &[(&str, &str)]) -> (&'static str, bool) {
    let refusal = judged(more, &Hint::Absent).unwrap_err();
    (refusal.error.code, refusal.redirectable)
}

fn demand(more: &[(&str, &str)]) -> Demand {
    judged(more, &Hint::Absent).unwrap()
}

#[test]
fn every_parameter_is_honoured_or_answered() {
    let long = "x".repeat(4_001);
    for (more, code) in [
        (("prompt", "none login"), "invalid_request"),
        (("prompt", "create"), "invalid_request"),
        (("max_age", "-1"), "invalid_request"),
        (("max_age", "soon"), "invalid_request"),
        (("display", "watch"), "invalid_request"),
        (("response_mode", "fragment"), "unsupported_response_mode"),
        (("response_mode", "jwt"), "unsupported_response_mode"),
        (("resource", "https://api.example.cn/"), "invalid_target"),
        (("request", "ey.ey."), "request_not_supported"),
        (("request_uri", "urn:x"), "request_uri_not_supported"),
        (("registration", "{}"), "registration_not_supported"),
        (("claims", "{"), "invalid_request"),
        (("claims", "[]"), "invalid_request"),
        (("claims", r#"{"userinfo": 1}"#), "invalid_request"),
        (
            ("claims", r#"{"userinfo": {"name": 1}}"#),
            "invalid_request",
        ),
        (("claims", long.as_str()), "invalid_request"),
        (
            (
                "claims",
                r#"{"id_token": {"acr": {"essential": true, "values": ["urn:other"]}}}"#,
            ),
            "unmet_authentication_requirements",
        ),
    ] {
        assert_eq!(refused(&[more]), (code, true), "{more:?}");
    }
    for harmless in [
        ("prompt", ""),
        ("display", "popup"),
        ("response_mode", "query"),
        ("response_mode", "form_post"),
        ("resource", RESOURCE),
        ("request", ""),
        ("acr_values", "urn:other"),
        ("ui_locales", "fr zh-CN en"),
        ("claims_locales", "de"),
        ("claims", r#"{"userinfo": {"picture": null}, "other": 1}"#),
        (
            "claims",
            r#"{"id_token": {"acr": {"values": ["urn:other"]}, "auth_time": {"essential": true}}}"#,
        ),
        ("utm_source", "x"),
    ] {
        judged(&[harmless], &Hint::Absent).unwrap();
    }
}

#[test]
fn a_parameter_is_given_once() {
    assert_eq!(refused(&[("client_id", "c")]), ("invalid_request", false));
    assert_eq!(
        refused(&[("redirect_uri", CALLBACK)]),
        ("invalid_request", false)
    );
    assert_eq!(refused(&[("nonce", "n")]), ("invalid_request", true));
    demand(&[("utm", "1"), ("utm", "2")]);
    let twice = [("state", "a"), ("state", "b")];
    assert_eq!(refused(&twice), ("invalid_request", true));
    assert_eq!(
        Sent::read(&twice).state(),
        "",
        "neither of them is the state"
    );
}

#[test]
fn what_a_database_cannot_keep_or_a_browser_cannot_carry_is_shown_to_the_person() {
    let long = "x".repeat(4_001);
    for more in [("state", long.as_str()), ("state", "a\0b"), ("nonce", "\0")] {
        assert_eq!(refused(&[more]), ("invalid_request", false));
    }
    let state = "x".repeat(4_000);
    assert_eq!(demand(&[("state", &state)]).parameters.state, state);
}

#[test]
fn a_hint_is_for_this_client_and_means_its_person() {
    let person = Uuid::from_u128(1);
    let of = |audience: &str| Hint::Of {
        audience: audience.to_owned(),
        person,
        subject: "by this".to_owned(),
    };
    let asked = judged(&[], &of("c")).unwrap();
    assert_eq!(asked.wanted_person, Some(person));
    for hint in [of("other"), Hint::Invalid] {
        let refusal = judged(&[], &hint).unwrap_err();
        assert_eq!(
            (refusal.error.code, refusal.redirectable),
            ("invalid_request", true)
        );
    }
    let named = |subject: &str| {
        format!(r#"{{"id_token": {{"sub": {{"essential": true, "value": {subject}}}}}}}"#)
    };
    let claims = named(r#""by this""#);
    let asked = demand(&[("claims", &claims)]);
    assert_eq!(asked.wanted_subject.as_deref(), Some("by this"));
    let both = judged(&[("claims", &claims)], &of("c")).unwrap();
    assert_eq!(
        (both.wanted_person, both.wanted_subject),
        (Some(person), None)
    );
    let number = named("7");
    let asked = demand(&[("claims", &number)]);
    assert_eq!(asked.wanted_subject.as_deref(), Some(""));
    let stranger = named(r#""unheard-of""#);
    assert!(judged(&[("claims", &stranger)], &of("c")).is_err());
}

#[test]
fn single_claims_are_asked_about_as_the_scope_that_covers_them_and_only_if_the_client_may() {
    let claims = r#"{"userinfo": {"email": null, "phone_number": null}, "id_token": {"name": {"essential": true}}}"#;
    let asked = demand(&[("claims", claims)]);
    assert_eq!(
        asked.userinfo_claims,
        ["email"],
        "the client may not have the phone number"
    );
    assert_eq!(asked.id_token_claims, ["name"]);
    let kept = Kept::new(&asked, NOW);
    assert_eq!(kept.scopes, ["openid", "profile", "email"]);
    assert!(discloses(&texts(&["profile"]), &[], "name"));
    assert!(discloses(&[], &texts(&["email"]), "email"));
    assert!(!discloses(
        &texts(&["profile"]),
        &texts(&["email"]),
        "email_verified"
    ));
}

fn signed_in(seconds_ago: i64) -> Option<SignedIn> {
    Some(SignedIn {
        person_id: Uuid::from_u128(1),
        at: NOW - Duration::seconds(seconds_ago),
    })
}

fn begun(more: &[(&str, &str)], signed_in: Option<SignedIn>) -> Next {
    let kept = Kept::new(&demand(more), NOW);
    next(&kept, signed_in, &texts(&["openid", "profile"]), false)
}

#[test]
fn a_sign_in_is_as_fresh_as_demanded() {
    assert_eq!(begun(&[], None), Next::SignIn);
    assert_eq!(begun(&[], signed_in(86_400)), Next::Issue);
    for (more, ago, then) in [
        (("max_age", "60"), 60, Next::Issue),
        (("max_age", "60"), 61, Next::SignIn),
        (("max_age", "0"), 0, Next::SignIn),
        (("max_age", "99999999999"), 86_400, Next::Issue),
        (("prompt", "login"), 0, Next::SignIn),
        (("prompt", "select_account"), 1, Next::SelectAccount),
    ] {
        assert_eq!(begun(&[more], signed_in(ago)), then, "{more:?} {ago}");
    }
}

#[test]
fn a_demand_is_met_by_what_happens_after_it() {
    let agreed = texts(&["openid", "profile"]);
    let person = Uuid::from_u128(1);
    let later = |more: &[(&str, &str)], change: fn(&mut Kept, Uuid), ago: i64| {
        let mut kept = Kept::new(&demand(more), NOW);
        change(&mut kept, person);
        next(&kept, signed_in(ago), &agreed, true)
    };
    let nothing: fn(&mut Kept, Uuid) = |_, _| {};
    for more in [("prompt", "login"), ("max_age", "0"), ("max_age", "1")] {
        assert_eq!(
            later(&[more], nothing, 10),
            Next::SignIn,
            "an old session is none: {more:?}"
        );
        assert_eq!(later(&[more], nothing, -5), Next::Issue);
        assert_eq!(
            later(&[more], nothing, -300),
            Next::Issue,
            "deciding may take its time"
        );
    }
    let select = [("prompt", "select_account")];
    assert_eq!(later(&select, nothing, 10), Next::SelectAccount);
    assert_eq!(
        later(&select, |k, p| k.selected_by = Some(p), 10),
        Next::Issue
    );
    assert_eq!(
        later(&select, |k, _| k.selected_by = Some(Uuid::nil()), 10),
        Next::SelectAccount
    );
    assert_eq!(
        later(&select, nothing, -5),
        Next::Issue,
        "signing in is choosing"
    );
    let consent = [("prompt", "consent")];
    assert_eq!(later(&consent, nothing, 10), Next::Consent(agreed.clone()));
    assert_eq!(
        later(&consent, |k, p| k.consented_by = Some(p), 10),
        Next::Issue
    );
    assert_eq!(
        later(&consent, |k, _| k.consented_by = Some(Uuid::nil()), 10),
        Next::Consent(agreed.clone()),
        "another person agreed"
    );
    assert_eq!(later(&[], |k, p| k.refused_by = Some(p), 10), Next::Denied);
    let stranger: fn(&mut Kept, Uuid) = |k, _| k.wanted_person = Some(Uuid::from_u128(2));
    assert_eq!(later(&[], stranger, 10), Next::SignIn);
    assert_eq!(later(&[], stranger, -5), Next::LoginRequired);
}

proptest! {
    /// Whatever is sent, it is a demand, or a refusal that does not go to an address that is not the client's.
    #[test]
    fn no_parameters_make_it_panic(
        names in proptest::collection::vec("(prompt|max_age|claims|state|display|resource|ui_locales|redirect_uri|x)", 0..6),
        values in proptest::collection::vec("\\PC{0,20}", 6),
    ) {
        let more: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(values.iter().map(String::as_str)).collect();
        let own = names.iter().all(|name| name != "redirect_uri");
        match judged(&more, &Hint::Absent) {
            Ok(demand) => prop_assert_eq!(demand.parameters.redirect_uri, CALLBACK),
            Err(refusal) => prop_assert!(own || !refusal.redirectable),
        }
    }

    /// No code without a person, without what they agreed to, or with an older sign-in than demanded.
    #[test]
    fn nothing_is_issued_that_the_demand_forbids(
        ago in -600i64..600,
        prompt in "(|login|consent|select_account|login consent)",
        max_age in "(|0|5|300)",
        resumed in any::<bool>(),
        consented in any::<bool>(),
    ) {
        let mut kept = Kept::new(&demand(&[("prompt", &prompt), ("max_age", &max_age)]), NOW);
        let who = signed_in(ago).unwrap();
        kept.consented_by = consented.then_some(who.person_id);
        if next(&kept, Some(who), &texts(&["openid", "profile"]), resumed) == Next::Issue {
            prop_assert!(!prompt.contains("consent") || consented);
            prop_assert!(!prompt.contains("login") || (resumed && who.at >= NOW));
            if let Ok(age) = max_age.parse::<i64>() {
                prop_assert!(who.at >= NOW - Duration::seconds(age));
            }
        }
        prop_assert!(next(&kept, None, &[], resumed) != Next::Issue);
    }
}

#[test]
fn parameters_are_limited_in_bytes() {
    let (fits, long) = ("学".repeat(1_333), "学".repeat(1_334));
    assert_eq!(demand(&[("state", &fits)]).parameters.state, fits);
    assert_eq!(refused(&[("state", &long)]), ("invalid_request", false));
}

#[test]
fn a_form_is_posted_to_sites_and_not_to_apps() {
    let (scopes, uris) = (
        texts(&["openid", "profile"]),
        texts(&["com.example.app:/callback", "http://127.0.0.1/callback"]),
    );
    let app = Registered {
        kind: Kind::PublicApp,
        disabled: false,
        scopes: &scopes,
        redirect_uris: &uris,
        pkce_optional: false,
        pushed_requests_only: false,
    };
    for (address, mode, expected) in [
        ("com.example.app:/callback", "form_post", None),
        ("com.example.app:/callback", "query", Some(Mode::Query)),
        (
            "http://127.0.0.1:7777/callback",
            "form_post",
            Some(Mode::FormPost),
        ),
    ] {
        let more = [("redirect_uri", address), ("response_mode", mode)];
        let pairs: Vec<_> = BASE
            .iter()
            .filter(|(name, _)| *name != "redirect_uri")
            .chain(&more)
            .copied()
            .collect();
        let sent = Sent::read(&pairs);
        let judged = judge(&sent, Some(app), &Hint::Absent, RESOURCE);
        match expected {
            Some(expected) => assert_eq!(judged.unwrap().mode, expected, "{address}"),
            None => {
                let refusal = judged.unwrap_err();
                assert_eq!(
                    (refusal.error.code, refusal.redirectable),
                    ("unsupported_response_mode", true)
                );
                assert_eq!(sent.mode(), Mode::Query, "the refusal reaches the app");
            }
        }
    }
}

proptest! {
    /// Asked and agreed to are told apart, and nothing that was agreed to is left out.
    #[test]
    fn a_page_lists_each_scope_once(agreed in 0u8..64, asked in 0u8..64) {
        let of = |bits: u8| -> Vec<String> {
            let all = SIGN_ON_SCOPES.iter().enumerate();
            all.filter(|(at, _)| bits & (1 << at) != 0).map(|(_, scope)| (*scope).to_owned()).collect()
        };
        let (agreed, asked) = (of(agreed), of(asked));
        let before = agreed_before(&agreed, &asked);
        for scope in &agreed {
            prop_assert!(before.contains(scope) != asked.contains(scope));
        }
        prop_assert!(before.iter().all(|scope| agreed.contains(scope)));
    }

    #[test]
    fn what_a_client_lost_is_lost(claims in proptest::collection::vec("name|email|phone_number|sub", 0..5), profile: bool) {
        let registered = if profile { texts(&["openid", "profile"]) } else { texts(&["openid"]) };
        let left = still_covered(&claims, &registered);
        let names = claims.iter().filter(|claim| *claim == "name").count();
        prop_assert_eq!(left.len(), if profile { names } else { 0 });
    }
}
