//! What production refuses to start with.

use identity::settings::Settings;
use kit::config::{self, Variables};

/// A configuration as production wants it, with some settings changed.
fn configured(changes: &[(&str, &str)]) -> anyhow::Result<(config::Settings, Settings)> {
    identity::install_crypto();
    let mut variables: Variables = [
        ("environment", "production"),
        ("internal_secret", "kX2f9Qm7Vb4Lw8Zt1Rp6Hn3Yc5Jd0Gs2"),
        ("public_url", "https://wskx.example.cn"),
        ("smtp_url", "smtps://user:word@mail.example.cn:465"),
        ("smtp_from", "网上科协 <no-reply@example.cn>"),
        ("sms_url", "https://sms.example.cn/send"),
        ("sms_secret", "kX2f9Qm7Vb4Lw8Zt1Rp6Hn3Yc5Jd0Gs2"),
        ("verifier_url", "https://verify.example.cn/"),
        ("verifier_secret", "kX2f9Qm7Vb4Lw8Zt1Rp6Hn3Yc5Jd0Gs2"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    for (name, value) in changes {
        variables.insert((*name).to_owned(), (*value).to_owned());
    }
    Ok(config::from(None, variables)?)
}

/// What is said when the modules are made from it.
async fn outcome(changes: &[(&str, &str)]) -> Result<(), String> {
    let start = || -> anyhow::Result<()> {
        let (chassis, own) = configured(changes)?;
        own.transports(&chassis)?;
        own.verifier(&chassis)?;
        Ok(())
    };
    start().map_err(|error| format!("{error:#}"))
}

#[tokio::test]
async fn production_wants_real_ways_out_and_a_real_verifier() {
    assert_eq!(outcome(&[]).await, Ok(()));
    for (change, named) in [
        (("mailbox_dir", "/tmp/mail"), "CAST_MAILBOX_DIR"),
        (("smtp_url", ""), "CAST_SMTP_URL"),
        (("smtp_url", "nonsense"), "CAST_SMTP_URL"),
        (("smtp_from", "nonsense"), "CAST_SMTP_FROM"),
        (("sms_url", ""), "CAST_SMS_URL"),
        (("sms_url", "http://sms.example.cn/"), "CAST_SMS_URL"),
        (("sms_secret", "short"), "CAST_SMS_SECRET"),
        (("verifier_url", ""), "CAST_VERIFIER_URL"),
        (("verifier_secret", ""), "CAST_VERIFIER_SECRET"),
        (
            ("verifier_url", "http://verify.example.cn/"),
            "CAST_VERIFIER_URL",
        ),
    ] {
        let said = outcome(&[change]).await.unwrap_err();
        assert!(said.contains(named), "{change:?}: {said}");
        assert!(
            !said.contains("kX2f9Qm7") && !said.contains("user:word"),
            "{said}"
        );
    }
}

#[tokio::test]
async fn development_makes_do_with_a_mailbox() {
    let folder = std::env::temp_dir().join(format!("cast-mailbox-{}", uuid::Uuid::now_v7()));
    let folder = folder.to_str().unwrap().to_owned();
    let none = [
        "smtp_url",
        "smtp_from",
        "sms_url",
        "sms_secret",
        "verifier_url",
        "verifier_secret",
    ]
    .map(|name| (name, ""));
    let mut changes = vec![
        ("environment", "development"),
        ("mailbox_dir", folder.as_str()),
    ];
    changes.extend(none);
    assert_eq!(outcome(&changes).await, Ok(()));
    std::fs::remove_dir_all(&folder).unwrap();
    changes[1].1 = "";
    assert!(
        outcome(&changes)
            .await
            .unwrap_err()
            .contains("CAST_MAILBOX_DIR")
    );
}
