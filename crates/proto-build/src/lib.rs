//! Turns the contract in `proto/` into Rust, for the build scripts of the `proto` crates, without protoc: a crate for
//! each package, so that a change of one package rebuilds only what uses it.

mod methods;
mod reasons;
mod roles;
mod templates;

use std::{
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use prost::Message as _;
use prost_types::FileDescriptorSet;

/// Writes `package.rs` for the package `cast.<name>.v1`: its messages, clients and servers as the module `v1`, its
/// descriptors, its reasons, its templates of notices, and the macro `methods!` with a trait for each of its services.
pub fn package(name: &str) -> Result<()> {
    let root = root()?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let folder = Path::new("cast").join(name).join("v1");
    let files = files_in(&root.join(&folder))?;
    let protos: Vec<PathBuf> = named(&files, |file| file.ends_with(".proto")).collect();
    let mut code = String::new();

    if !protos.is_empty() {
        let set = compile(&root, &protos, &out)?;
        let (package, mut reexported) = (format!("cast.{name}.v1"), String::new());
        code += &methods::code(&in_packages(&set, &[&package]))?;
        // Types of Google and of other packages are looked up and not generated.
        let others = others(&set, &package);
        generate(with_packages(&set, &package, &others), &others)?;
        for other in others {
            if code.contains(&format!("$crate::others::{other}::")) {
                writeln!(reexported, "pub use ::proto_{other} as {other};")?;
            }
        }
        write!(code, "#[doc(hidden)] pub mod others {{ {reexported} }}")?;
        code += &MESSAGES.replace("PACKAGE", &package);
        code += DESCRIPTORS;
    }
    if let Some(catalogue) = catalogue(&files) {
        let reasons = reasons::code(&[(name.to_owned(), catalogue)])?;
        write!(
            code,
            "/// The reasons of this package, and those that every service gives.\n\
             pub mod reasons {{ pub use ::proto_platform::reasons::*; {reasons} }}"
        )?;
    }
    if let Some(path) = named(&files, |file| file == "templates.toml").next() {
        code += &templates::code(&path)?;
    }
    fs::write(out.join("package.rs"), code)?;
    Ok(())
}

/// Writes `reasons.rs` and `roles.rs`, of what no single service owns: the package `platform`.
pub fn platform() -> Result<()> {
    let root = root()?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let files = files_in(&root.join("cast/platform/v1"))?;
    let catalogue = catalogue(&files).context("platform has reasons")?;
    let reasons = reasons::code(&[("platform".to_owned(), catalogue)])?;
    fs::write(out.join("reasons.rs"), reasons)?;
    let mut permissions = Vec::new();
    for package in packages(&root)? {
        // The folders are not watched: a change of a proto file would rebuild what every service uses. The permissions of
        // a new package are noticed because a role has to hold them.
        let files = sorted(&root.join("cast").join(package).join("v1"))?;
        permissions.extend(named(&files, |file| file == "permissions.toml"));
    }
    let roles = roles::code(&permissions, &root.join("cast/roles.toml"))?;
    fs::write(out.join("roles.rs"), roles)?;
    Ok(())
}

/// Writes `contract.rs`: the descriptors and the reasons of all packages.
pub fn contract() -> Result<()> {
    let root = root()?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let mut protos = Vec::new();
    let mut catalogues = Vec::new();
    for package in packages(&root)? {
        let files = files_in(&root.join("cast").join(&package).join("v1"))?;
        protos.extend(named(&files, |file| file.ends_with(".proto")));
        catalogues.extend(catalogue(&files).map(|catalogue| (package, catalogue)));
    }
    compile(&root, &protos, &out)?;
    let reasons = reasons::list(&catalogues)?;
    let code =
        format!("{DESCRIPTORS}\n/// The reasons of all packages.\npub mod reasons {{ {reasons} }}");
    fs::write(out.join("contract.rs"), code)?;
    Ok(())
}

const MESSAGES: &str = r#"
/// Messages, clients and servers.
#[allow(missing_docs, dead_code, clippy::all, clippy::unwrap_used)]
pub mod v1 {
    include!(concat!(env!("OUT_DIR"), "/PACKAGE.rs"));
}
"#;

const DESCRIPTORS: &str = r#"
/// The encoded `FileDescriptorSet`: custom options, comments and imports included.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// The descriptors, decoded for reflection.
pub static POOL: ::std::sync::LazyLock<::prost_reflect::DescriptorPool> = ::std::sync::LazyLock::new(|| {
    // The build script wrote the bytes, and every test of the contract decodes them.
    #[allow(clippy::expect_used)]
    ::prost_reflect::DescriptorPool::decode(DESCRIPTORS).expect("the embedded descriptor set decodes")
});
"#;

/// The folder `proto`. What a build script reads of it is watched file by file.
fn root() -> Result<PathBuf> {
    Ok(PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../proto"))
}

/// Compiles the files and writes `descriptors.bin`, imports included.
fn compile(root: &Path, protos: &[PathBuf], out: &Path) -> Result<FileDescriptorSet> {
    let mut compiler = protox::Compiler::new([root])?;
    compiler
        .include_source_info(true)
        .include_imports(true)
        .open_files(protos)?;
    for file in compiler.files() {
        // The well-known types of Google have no path.
        if let Some(path) = file.path() {
            println!("cargo:rerun-if-changed={}", path.display());
        }
    }
    // `file_descriptor_set()` re-encoded would drop custom method options; the encoded form keeps them.
    let encoded = compiler.encode_file_descriptor_set();
    fs::write(out.join("descriptors.bin"), &encoded)?;
    Ok(FileDescriptorSet::decode(encoded.as_slice())?)
}

fn in_packages(set: &FileDescriptorSet, packages: &[&str]) -> FileDescriptorSet {
    let files = set.file.iter();
    let wanted = files.filter(|file| packages.contains(&file.package()));
    FileDescriptorSet {
        file: wanted.cloned().collect(),
    }
}

/// The files of a package, and those of which it uses types.
fn with_packages(set: &FileDescriptorSet, package: &str, others: &[String]) -> FileDescriptorSet {
    let used = |file: &str| others.iter().any(|name| file == format!("cast.{name}.v1"));
    let files = set.file.iter().filter(|file| {
        [package, "google.protobuf"].contains(&file.package())
            || used(file.package())
            || file.name() == "google/api/httpbody.proto"
    });
    FileDescriptorSet {
        file: files.cloned().collect(),
    }
}

/// The packages of ours whose messages this one may use: each is the crate `proto-<name>`.
fn others(set: &FileDescriptorSet, package: &str) -> Vec<String> {
    let mut names: Vec<String> = set
        .file
        .iter()
        .filter(|file| file.package() != package)
        .filter_map(|file| file.package().strip_prefix("cast.")?.strip_suffix(".v1"))
        .map(str::to_owned)
        .collect();
    names.sort();
    names.dedup();
    names
}

/// Writes `<package>.rs`. Messages of other packages are those of their crates.
fn generate(set: FileDescriptorSet, others: &[String]) -> Result<()> {
    let mut config = tonic_prost_build::Config::new();
    config.enable_type_names();
    for name in others {
        config.extern_path(format!(".cast.{name}.v1"), format!("::proto_{name}::v1"));
    }
    // One Rust type in every package.
    config.extern_path(methods::HTTP_BODY, "::proto_options::HttpBody");
    // Repeated requests are compared by their bytes, so the encoding of maps must be deterministic.
    config.btree_map(["."]);
    tonic_prost_build::configure()
        .build_transport(true)
        .bytes(".cast.eventlog.v1.LoggedEvent.payload")
        .compile_fds_with_config(set, config)?;
    Ok(())
}

/// The names of the packages, sorted.
fn packages(root: &Path) -> Result<Vec<String>> {
    let folders = sorted(&root.join("cast"))?;
    let folders = folders.iter().filter(|path| path.is_dir());
    folders
        .map(|path| {
            let name = path.file_name().and_then(|name| name.to_str());
            Ok(name.context("a package has a name")?.to_owned())
        })
        .collect()
}

/// The catalogue of error reasons among these files.
fn catalogue(files: &[PathBuf]) -> Option<PathBuf> {
    named(files, |file| file == "reasons.toml").next()
}

/// The files of a package, sorted. New files are noticed, too.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
    println!("cargo:rerun-if-changed={}", folder.display());
    sorted(folder)
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut paths = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

fn named<'a>(
    files: &'a [PathBuf],
    wanted: impl Fn(&str) -> bool + 'a,
) -> impl Iterator<Item = PathBuf> + 'a {
    let is_wanted = move |path: &&PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(&wanted)
    };
    files.iter().filter(is_wanted).cloned()
}
