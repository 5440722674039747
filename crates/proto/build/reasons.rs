//! Generates statics from every `reasons.toml` of the contract.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    grpc: String,
    http: u16,
    en: Text,
    zh: Text,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    title: String,
    advice: String,
}

pub fn write(catalogues: &[PathBuf], target: &Path) -> Result<()> {
    let mut all = BTreeMap::new();
    for path in catalogues {
        let domain = path
            .parent()
            .and_then(Path::parent)
            .and_then(Path::file_name)
            .and_then(|n| n.to_str())
            .context("a catalogue lies in cast/<domain>/v1/")?
            .to_owned();
        let text = fs::read_to_string(path)?;
        let reasons: BTreeMap<String, Reason> =
            toml::from_str(&text).with_context(|| path.display().to_string())?;
        for (code, reason) in reasons {
            let upper = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
            ensure!(code.chars().all(upper), "{code}: not UPPER_SNAKE_CASE");
            ensure!(
                (400..600).contains(&reason.http),
                "{code}: not an error status"
            );
            let earlier = all.insert(code.clone(), (domain.clone(), reason));
            ensure!(earlier.is_none(), "{code} stands in two catalogues");
        }
    }
    let mut code = String::new();
    for (name, (domain, r)) in &all {
        writeln!(
            code,
            "/// {} (HTTP {}): {}\npub static {name}: Reason = Reason {{ code: {name:?}, domain: {:?}, grpc: tonic::Code::{}, \
             http: {}, en: Text {{ title: {:?}, advice: {:?} }}, zh: Text {{ title: {:?}, advice: {:?} }} }};",
            r.en.title,
            r.http,
            r.en.advice,
            format!("{domain}.cast"),
            camel(&r.grpc),
            r.http,
            r.en.title,
            r.en.advice,
            r.zh.title,
            r.zh.advice,
        )?;
    }
    writeln!(
        code,
        "/// Every reason, sorted by code.\npub static ALL: &[&Reason] = &[{}];",
        all.keys()
            .map(|k| format!("&{k}"))
            .collect::<Vec<_>>()
            .join(", ")
    )?;
    fs::write(target, code)?;
    Ok(())
}

/// `FAILED_PRECONDITION` → `FailedPrecondition`; an unknown name fails the build.
fn camel(name: &str) -> String {
    name.split('_')
        .map(|part| {
            let (head, tail) = part.split_at(1.min(part.len()));
            head.to_owned() + &tail.to_ascii_lowercase()
        })
        .collect()
}
