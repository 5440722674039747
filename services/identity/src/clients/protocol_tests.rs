#![allow(clippy::unwrap_used)]
use client_authentication::Method;
use proto_identity::v1::client_protocol;
use time::macros::datetime;
use uuid::Uuid;

use super::*;

const JWKS: &str =
    r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

fn row(kind: Kind) -> Row {
    let now = datetime!(2026-11-21 08:00 UTC);
    Row {
        secret_hash: (kind != Kind::PublicApp).then(|| vec![1; 32]),
        old_secret_hash: Some(vec![2; 32]),
        old_secret_expires_at: Some(now),
        ..Row::new(Uuid::nil(), Uuid::nil(), kind, now)
    }
}

fn by(method: Method, jwks: &str, jwks_uri: &str) -> ClientAuthentication {
    ClientAuthentication {
        method: method.into(),
        jwks: jwks.to_owned(),
        jwks_uri: jwks_uri.to_owned(),
    }
}

#[test]
fn a_client_that_signs_has_keys_or_an_address_of_keys_and_no_secret() {
    let keys = "https://site.example.cn/jwks.json";
    for (jwks, uri) in [(JWKS, ""), ("", keys)] {
        for kind in [Kind::Machine, Kind::Web] {
            let mut row = row(kind);
            let input = by(Method::PrivateKeyJwt, jwks, uri);
            authenticate_by(&mut row, Some(&input), false).unwrap();
            assert_eq!((&row.secret_hash, &row.old_secret_hash), (&None, &None));
            assert_eq!(authentication(&row), input);
            // As it was, if nothing is said of it.
            authenticate_by(&mut row, None, false).unwrap();
            assert_eq!(authentication(&row), input);
            // Back at secrets it has none yet, and no keys.
            authenticate_by(&mut row, Some(&by(Method::ClientSecret, "", "")), false).unwrap();
            assert_eq!(authentication(&row), by(Method::ClientSecret, "", ""));
            assert_eq!(row.secret_hash, None);
        }
    }
}

#[test]
fn what_proves_nothing_is_refused() {
    use ProtocolError::*;
    let uri = "https://site.example.cn/jwks.json";
    for (kind, input, error) in [
        (
            Kind::PublicApp,
            by(Method::PrivateKeyJwt, JWKS, ""),
            AppProves,
        ),
        (Kind::PublicApp, by(Method::ClientSecret, "", ""), AppProves),
        (Kind::Web, by(Method::Public, "", ""), Unproven),
        (Kind::Web, by(Method::ClientSecret, JWKS, ""), KeysUnwanted),
        (Kind::Web, by(Method::Unspecified, "", uri), KeysUnwanted),
        (Kind::Web, by(Method::PrivateKeyJwt, "", ""), KeysMissing),
        (Kind::Web, by(Method::PrivateKeyJwt, JWKS, uri), KeysMissing),
        (
            Kind::Web,
            by(Method::PrivateKeyJwt, "{}", ""),
            Keys(Unfit::Malformed),
        ),
        (
            Kind::Web,
            by(
                Method::PrivateKeyJwt,
                r#"{"keys":[{"kty":"oct","k":"AA"}]}"#,
                "",
            ),
            Keys(Unfit::Private),
        ),
        (
            Kind::Web,
            by(
                Method::PrivateKeyJwt,
                "",
                "https://site.example.cn:8443/jwks",
            ),
            Address(RedirectError::Port),
        ),
        (
            Kind::Web,
            by(Method::PrivateKeyJwt, "", "http://localhost:3000/jwks"),
            Address(RedirectError::Insecure),
        ),
    ] {
        let mut row = row(kind);
        let refused = authenticate_by(&mut row, Some(&input), false);
        assert_eq!(refused, Err(error), "{input:?}");
        assert_eq!(row.auth_method, AuthMethod::ClientSecret);
    }
    let local = by(Method::PrivateKeyJwt, "", "http://localhost:3000/jwks");
    authenticate_by(&mut row(Kind::Web), Some(&local), true).unwrap();
}

#[test]
fn a_system_has_nothing_to_choose_of_signing_people_in() {
    let plain = ClientProtocol::default();
    let strict = ClientProtocol {
        id_token_algorithm: client_protocol::IdTokenAlgorithm::Es256.into(),
        pushed_requests_only: true,
        dpop_only: true,
        pairwise_subjects: true,
        device_grant: true,
    };
    choose(&mut row(Kind::Machine), Some(&plain), false).unwrap();
    let refused = choose(&mut row(Kind::Machine), Some(&strict), false);
    assert_eq!(refused, Err(ProtocolError::OfSystem));
    for kind in [Kind::Web, Kind::PublicApp] {
        let mut row = row(kind);
        choose(&mut row, Some(&strict), false).unwrap();
        choose(&mut row, None, true).unwrap();
        assert_eq!(chosen(&row), strict);
        // By its subjects the site has begun to know people.
        let others = ClientProtocol {
            pairwise_subjects: false,
            ..strict
        };
        let refused = choose(&mut row, Some(&others), true);
        assert_eq!(refused, Err(ProtocolError::SubjectsFixed));
        choose(&mut row, Some(&strict), true).unwrap();
    }
}
