//! Compiles `proto/` without protoc: Rust code for every service, the descriptor set with our options kept, and the
//! catalogue of error reasons.

use std::{
    collections::BTreeMap,
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use prost::Message as _;

fn main() -> Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../proto");
    println!("cargo:rerun-if-changed={}", root.display());
    let out = PathBuf::from(env::var("OUT_DIR")?);

    let mut protos = Vec::new();
    let mut catalogues = Vec::new();
    collect(&root.join("cast"), &mut protos, &mut catalogues)?;

    let mut compiler = protox::Compiler::new([&root])?;
    compiler
        .include_source_info(true)
        .include_imports(true)
        .open_files(&protos)?;
    // `file_descriptor_set()` re-encoded would drop our method options; the encoded form keeps them.
    let encoded = compiler.encode_file_descriptor_set();
    fs::write(out.join("descriptors.bin"), &encoded)?;

    let set = prost_types::FileDescriptorSet::decode(encoded.as_slice())?;
    tonic_prost_build::configure()
        .build_transport(true)
        .bytes(".cast.eventlog.v1.LoggedEvent.payload")
        .compile_fds_with_config(set, config())?;

    write_reasons(&catalogues, &out.join("reasons.rs"))
}

fn config() -> tonic_prost_build::Config {
    let mut config = tonic_prost_build::Config::new();
    config.enable_type_names();
    // Requests are compared by their bytes when they come twice, so a map must always be written in the same order.
    config.btree_map(["."]);
    config
}

fn collect(dir: &Path, protos: &mut Vec<PathBuf>, catalogues: &mut Vec<PathBuf>) -> Result<()> {
    let mut entries: Vec<_> = fs::read_dir(dir)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::path);
    for entry in entries {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, protos, catalogues)?;
        } else if path.extension().is_some_and(|e| e == "proto") {
            protos.push(path);
        } else if path.file_name().is_some_and(|n| n == "reasons.toml") {
            catalogues.push(path);
        }
    }
    Ok(())
}

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

fn write_reasons(catalogues: &[PathBuf], target: &Path) -> Result<()> {
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

/// `FAILED_PRECONDITION` → `FailedPrecondition`; a name that tonic does not know fails the build.
fn camel(name: &str) -> String {
    name.split('_')
        .map(|part| {
            let (head, tail) = part.split_at(1.min(part.len()));
            head.to_owned() + &tail.to_ascii_lowercase()
        })
        .collect()
}
