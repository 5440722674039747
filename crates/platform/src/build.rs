//! Builds the programs of the services.

use std::path::PathBuf;
use std::process::Command;

use crate::{Service, fonts, workspace};
use anyhow::{Context as _, Result, bail};

/// Cargo, in the source tree.
pub fn cargo(arguments: &[&str]) -> Command {
    // Set when started by Cargo; otherwise the one on the PATH.
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.args(arguments).current_dir(workspace());
    command
}

/// Builds the services, `renderer` and `demo`, installs the fonts of papers, and returns the directory they are in.
pub fn services(release: bool) -> Result<PathBuf> {
    // Selects the whole workspace, so that dependencies are built only once, with the same features as for the tests
    // and for this program.
    let mut command = cargo(&["build", "--workspace", "--bin", "demo", "--bin", "renderer"]);
    for service in Service::ALL {
        command.args(["--bin", service.name()]);
    }
    if release {
        command.arg("--release");
    }
    run(&mut command)?;
    let programs = directory(release)?;
    fonts::install(&programs);
    Ok(programs)
}

/// Builds the services and this program optimised and returns the directory they are in.
pub fn optimised() -> Result<PathBuf> {
    let mut command = cargo(&[
        "build",
        "--workspace",
        "--release",
        "--bin",
        "cast",
        "--bin",
        "demo",
        "--bin",
        "renderer",
    ]);
    for service in Service::ALL {
        command.args(["--bin", service.name()]);
    }
    run(&mut command)?;
    let programs = directory(true)?;
    fonts::install(&programs);
    Ok(programs)
}

/// The directory of Cargo's programs: beside this one.
pub fn directory(release: bool) -> Result<PathBuf> {
    let program = std::env::current_exe().context("this program has no path")?;
    let target = program.ancestors().nth(2);
    let target = target.context("this program does not lie in a target directory")?;
    Ok(target.join(if release { "release" } else { "debug" }))
}

/// Runs a command whose output the user sees.
pub fn run(command: &mut Command) -> Result<()> {
    let line = line(command);
    let status = command
        .status()
        .with_context(|| format!("cannot run `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}

/// The command as typed in a shell.
pub fn line(command: &Command) -> String {
    let program = PathBuf::from(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    let words = std::iter::once(name).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    words.join(" ")
}
