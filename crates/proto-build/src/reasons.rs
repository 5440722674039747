//! Generates statics from every `reasons.toml` of the contract.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::PathBuf};

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

/// A static for each reason of these catalogues, and the list `ALL`.
pub fn code(catalogues: &[(String, PathBuf)]) -> Result<String> {
    let mut code = String::new();
    let all = read(catalogues)?;
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
    let names: Vec<_> = all.keys().map(|name| format!("&{name}")).collect();
    code += &list_of(&names);
    Ok(code)
}

/// The same without statics of its own: those of the crates of the packages, and the list of all of them.
pub fn list(catalogues: &[(String, PathBuf)]) -> Result<String> {
    let mut code = String::new();
    // Each has the reasons of the platform, too.
    for (package, _) in catalogues.iter().filter(|(name, _)| name != "platform") {
        writeln!(code, "pub use ::proto_{package}::reasons::*;")?;
    }
    let all = read(catalogues)?;
    let names: Vec<_> = all
        .iter()
        .map(|(name, (package, _))| format!("&::proto_{package}::reasons::{name}"))
        .collect();
    code += &list_of(&names);
    Ok(code)
}

fn list_of(names: &[String]) -> String {
    let names = names.join(", ");
    format!("/// Every reason, sorted by code.\npub static ALL: &[&Reason] = &[{names}];\n")
}

/// The reasons by code, each with its package.
fn read(catalogues: &[(String, PathBuf)]) -> Result<BTreeMap<String, (String, Reason)>> {
    let mut all = BTreeMap::new();
    for (package, path) in catalogues {
        let text = fs::read_to_string(path)?;
        println!("cargo:rerun-if-changed={}", path.display());
        let reasons: BTreeMap<String, Reason> =
            toml::from_str(&text).with_context(|| path.display().to_string())?;
        for (code, reason) in reasons {
            let upper = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
            ensure!(code.chars().all(upper), "{code}: not UPPER_SNAKE_CASE");
            ensure!(
                (400..600).contains(&reason.http),
                "{code}: not an error status"
            );
            let earlier = all.insert(code.clone(), (package.clone(), reason));
            ensure!(earlier.is_none(), "{code} stands in two catalogues");
        }
    }
    Ok(all)
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
