//! Compiles `proto/` without protoc: Rust code for every service, the descriptor set including custom options, the
//! traits that the services implement, and the catalogues of error reasons, permissions and roles.

mod methods;
mod reasons;
mod roles;

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::Result;
use prost::Message as _;

fn main() -> Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../proto");
    println!("cargo:rerun-if-changed={}", root.display());
    let out = PathBuf::from(env::var("OUT_DIR")?);

    let mut protos = Vec::new();
    let (mut catalogues, mut permissions) = (Vec::new(), Vec::new());
    collect(&root.join("cast"), &mut |path| {
        let list = match path.file_name().and_then(|name| name.to_str()) {
            Some("reasons.toml") => &mut catalogues,
            Some("permissions.toml") => &mut permissions,
            Some(name) if name.ends_with(".proto") => &mut protos,
            _ => return,
        };
        list.push(path);
    })?;

    let mut compiler = protox::Compiler::new([&root])?;
    compiler
        .include_source_info(true)
        .include_imports(true)
        .open_files(&protos)?;
    // `file_descriptor_set()` re-encoded would drop custom method options; the encoded form keeps them.
    let encoded = compiler.encode_file_descriptor_set();
    fs::write(out.join("descriptors.bin"), &encoded)?;

    let set = prost_types::FileDescriptorSet::decode(encoded.as_slice())?;
    methods::write(&set, &out.join("methods.rs"))?;
    tonic_prost_build::configure()
        .build_transport(true)
        .bytes(".cast.eventlog.v1.LoggedEvent.payload")
        .compile_fds_with_config(set, config())?;

    roles::write(
        &permissions,
        &root.join("cast/roles.toml"),
        &out.join("roles.rs"),
    )?;
    reasons::write(&catalogues, &out.join("reasons.rs"))
}

fn config() -> tonic_prost_build::Config {
    let mut config = tonic_prost_build::Config::new();
    config.enable_type_names();
    config.include_file("packages.rs");
    // Repeated requests are compared by their bytes, so the encoding of maps must be deterministic.
    config.btree_map(["."]);
    config
}

/// Every file below a folder, sorted by name.
fn collect(dir: &Path, found: &mut impl FnMut(PathBuf)) -> Result<()> {
    let mut entries: Vec<_> = fs::read_dir(dir)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::path);
    for entry in entries {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, found)?;
        } else {
            found(path);
        }
    }
    Ok(())
}
