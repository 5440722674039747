//! Turns `services.toml` into an enumeration.

use std::{collections::BTreeSet, env, fmt::Write as _, fs, path::PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    service: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    summary: String,
    database: Option<String>,
    hears: Vec<String>,
    #[serde(default)]
    demo: bool,
    port: u16,
    admin_port: u16,
}

fn main() -> Result<()> {
    let path = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../services.toml");
    println!("cargo:rerun-if-changed={}", path.display());
    let text = fs::read_to_string(&path).context("services.toml")?;
    let File { service: entries } = toml::from_str(&text).context("services.toml")?;
    check(&entries)?;

    let mut variants = String::new();
    let mut rows = String::new();
    for entry in &entries {
        let hears: Vec<String> = entry
            .hears
            .iter()
            .map(|name| format!("Service::{}", camel(name)))
            .collect();
        writeln!(variants, "/// {}\n{},", entry.summary, camel(&entry.name))?;
        writeln!(
            rows,
            "Entry {{ name: {:?}, database: {:?}, hears: &[{}], demo: {}, port: {}, admin_port: {} }},",
            entry.name,
            entry.database,
            hears.join(", "),
            entry.demo,
            entry.port,
            entry.admin_port,
        )?;
    }
    let all: Vec<String> = entries
        .iter()
        .map(|entry| format!("Service::{}", camel(&entry.name)))
        .collect();
    let code = format!(
        "/// A service of the platform.\n\
         #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::serde::Serialize, ::serde::Deserialize)]\n\
         #[serde(rename_all = \"lowercase\")]\n\
         pub enum Service {{\n{variants}}}\n\
         const ALL: [Service; {count}] = [{all}];\n\
         const ENTRIES: [Entry; {count}] = [\n{rows}];\n",
        count = entries.len(),
        all = all.join(", "),
    );
    let out = PathBuf::from(env::var("OUT_DIR")?).join("services.rs");
    fs::write(out, code)?;
    Ok(())
}

fn check(entries: &[Entry]) -> Result<()> {
    let (mut names, mut ports) = (BTreeSet::new(), BTreeSet::new());
    for entry in entries {
        let name = &entry.name;
        ensure!(
            !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase()),
            "services.toml: {name:?} is not a name of lower-case letters"
        );
        ensure!(names.insert(name), "services.toml: {name} stands twice");
        for port in [entry.port, entry.admin_port] {
            ensure!(
                ports.insert(port),
                "services.toml: port {port} of {name} is taken"
            );
        }
    }
    for entry in entries {
        for source in &entry.hears {
            let known = entries
                .iter()
                .any(|other| other.name == *source && other.database.is_some());
            ensure!(
                known && *source != entry.name,
                "services.toml: {} cannot hear {source}",
                entry.name
            );
        }
    }
    Ok(())
}

/// `membership` → `Membership`.
fn camel(name: &str) -> String {
    let (head, tail) = name.split_at(1.min(name.len()));
    head.to_uppercase() + tail
}
