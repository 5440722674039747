#![allow(clippy::unwrap_used)]

use base64::{Engine as _, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret as _, SecretString};

use super::*;

const SECRET: &str = "q7Vx2LmP9sRt4WzYc8Bn3KdFh6JgEaUo";

fn random_key() -> String {
    let bytes: Vec<u8> = (0..32u8)
        .map(|n| n.wrapping_mul(73).wrapping_add(151))
        .collect();
    format!("1:{}", STANDARD.encode(bytes))
}

fn variables(changes: &[(&str, &str)]) -> Variables {
    let key = random_key();
    let mut variables: Variables = [
        ("environment", "development"),
        ("listen", "127.0.0.1:1"),
        ("internal_secret", SECRET),
        ("public_url", "https://wskx.example.cn"),
        ("database_url", "postgres://cast:hunter2@db/identity"),
        ("nats_url", "nats://one:4222,nats://two:4222"),
        ("data_keys", key.as_str()),
    ]
    .into_iter()
    .map(|(k, v)| (k.to_owned(), v.to_owned()))
    .collect();
    for (key, value) in changes {
        variables.insert((*key).to_owned(), (*value).to_owned());
    }
    variables
}

#[derive(Debug, serde::Deserialize)]
struct Own {
    mailbox_dir: Option<String>,
    workers: Option<u32>,
}

fn read(changes: &[(&str, &str)]) -> Result<Settings, ConfigError> {
    from::<Own>(None, variables(changes)).map(|(settings, _)| settings)
}

#[test]
fn a_complete_environment_is_understood() {
    let (settings, own) = from::<Own>(
        None,
        variables(&[("workers", "4"), ("mailbox_dir", "/tmp/mail")]),
    )
    .unwrap();
    assert_eq!(settings.public_url, "https://wskx.example.cn");
    assert_eq!(settings.admin_listen, "0.0.0.0:9090".parse().unwrap());
    assert_eq!(settings.log_format, LogFormat::Json);
    assert_eq!(
        (own.workers, own.mailbox_dir.as_deref()),
        (Some(4), Some("/tmp/mail"))
    );
    assert_eq!(
        settings
            .peer("cockpit")
            .unwrap_err()
            .to_string()
            .split(' ')
            .next(),
        Some("CAST_COCKPIT_URL")
    );
}

#[test]
fn what_is_missing_or_malformed_is_named_with_what_it_should_be() {
    for (key, value) in [
        ("environment", ""),
        ("environment", "staging"),
        ("listen", "8080"),
        ("admin_listen", "localhost"),
        ("internal_secret", ""),
        ("internal_secret", "short"),
        ("public_url", "wskx.example.cn"),
        ("public_url", "https://wskx.example.cn/path"),
        ("public_url", "ftp://wskx.example.cn"),
        ("log_format", "xml"),
        ("log", "info,[[["),
        ("otlp_endpoint", "collector:4317"),
        ("trace_ratio", "1.5"),
        ("trace_ratio", "NaN"),
        ("database_url", "mysql://db"),
        ("data_keys", "1:AAAA"),
        ("identity_url", "identity"),
        ("identity_url", "http://one:8080,two"),
        ("nats_replicas", "2"),
    ] {
        let error = read(&[(key, value)]).unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("CAST_{}", key.to_ascii_uppercase())),
            "{error}"
        );
        assert!(error.contains(": give "), "{error}");
    }
}

#[test]
fn a_service_may_have_several_addresses() {
    let settings = read(&[("events_url", "http://one:8080, http://two:8080")]).unwrap();
    let hosts = settings.peer("events").unwrap().iter();
    assert!(
        hosts
            .map(|url| url.host_str())
            .eq([Some("one"), Some("two")])
    );
}

#[test]
fn own_settings_are_named_too() {
    let error = from::<Own>(None, variables(&[("workers", "many")]))
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("CAST_WORKERS is not usable"), "{error}");
    #[derive(Debug, serde::Deserialize)]
    #[allow(dead_code)]
    struct Strict {
        smtp_host: String,
    }
    let error = from::<Strict>(None, variables(&[]))
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("CAST_SMTP_HOST is not set"), "{error}");
}

#[test]
fn a_secret_of_digits_stays_what_it_is() {
    let digits = "00000000000000000123456789012345";
    let settings = read(&[("internal_secret", digits)]).unwrap();
    assert_eq!(settings.internal_secret.expose_secret(), digits);
    #[derive(Debug, serde::Deserialize)]
    struct Pin {
        pin: SecretString,
    }
    let (_, own) = from::<Pin>(None, variables(&[("pin", "007")])).unwrap();
    assert_eq!(own.pin.expose_secret(), "007");
}

#[test]
fn no_secret_shows_itself_nor_stands_in_an_error() {
    let settings = read(&[]).unwrap();
    let shown = format!("{settings:?} {settings:#?}");
    for secret in [SECRET, "hunter2", random_key().split_once(':').unwrap().1] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    for (key, value) in [
        ("database_url", "hunter2"),
        ("data_keys", "1:hunter2"),
        ("internal_secret", "hunter2"),
    ] {
        let error = read(&[(key, value)]).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
}

#[test]
fn production_refuses_what_development_allows() {
    assert!(read(&[("environment", "production")]).is_ok());
    let zeros = format!("1:{}", STANDARD.encode([0; 32]));
    let words = format!("1:{}", STANDARD.encode("correct horse battery staple 123"));
    for (key, value) in [
        ("mailbox_dir", "/tmp/mail"),
        ("public_url", "http://wskx.example.cn"),
        ("internal_secret", "development-secret-of-the-platform"),
        ("internal_secret", "abababababababababababababababab"),
        ("data_keys", &zeros),
        ("data_keys", &words),
    ] {
        assert!(
            read(&[(key, value)]).is_ok(),
            "{key} is fine in development"
        );
        let error = read(&[("environment", "production"), (key, value)]).unwrap_err();
        let variable = format!("CAST_{}", key.to_ascii_uppercase());
        assert!(
            matches!(&error, ConfigError::NotInProduction { variable: v, .. } if *v == variable),
            "{error}"
        );
    }
}

#[test]
fn the_environment_wins_over_the_file() {
    let dir = std::env::temp_dir().join(format!("kit-config-{}", uuid::Uuid::now_v7()));
    std::fs::create_dir(&dir).unwrap();
    let file = dir.join("cast.toml");
    std::fs::write(
        &file,
        "listen = '127.0.0.1:2'\nlog = 'debug'\nworkers = 7\n",
    )
    .unwrap();
    let (settings, own) = from::<Own>(Some(&file), variables(&[])).unwrap();
    std::fs::remove_dir_all(&dir).unwrap();
    assert_eq!(settings.listen, "127.0.0.1:1".parse().unwrap());
    assert_eq!((settings.log.as_str(), own.workers), ("debug", Some(7)));
    let error = from::<Own>(Some(&file), variables(&[])).unwrap_err();
    assert!(matches!(error, ConfigError::File(_)), "{error}");
}
