//! `cast queries`.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context as _, Result};
use platform::Postgres;

use super::{Source, files};
use platform::{build, here};

/// Renews the query data of every crate.
pub async fn run() -> Result<()> {
    let sources = Source::all()?;
    println!("preparing databases …");
    let postgres = Postgres::throwaway().await?;
    let mut databases = Vec::new();
    for source in &sources {
        let url = source.database(&postgres.url("postgres")).await?;
        databases.push((source.variable.clone(), url));
    }
    for source in &sources {
        record(source, &databases)?;
    }
    Ok(())
}

fn record(source: &Source, databases: &[(String, String)]) -> Result<()> {
    let fresh = here::home().join("queries").join(&source.package);
    let _ = std::fs::remove_dir_all(&fresh);
    std::fs::create_dir_all(&fresh)
        .with_context(|| format!("cannot create {}", fresh.display()))?;
    let check = || -> Command {
        let mut command =
            build::cargo(&["check", "--quiet", "--all-targets", "-p", &source.package]);
        command
            .envs(databases.iter().map(|(variable, url)| (variable, url)))
            .env("SQLX_OFFLINE", "false");
        command
    };
    println!("checking {} …", source.package);
    // Once to bring all dependencies of the crate up to date, and once more for the crate.
    build::run(&mut check())?;
    touch(&source.folder)?;
    let wrapper = wrapper(&here::home())?;
    build::run(
        check()
            .env("RUSTC_WRAPPER", wrapper)
            .env("CAST_QUERIES_OF", &source.package)
            .env("CAST_QUERIES_TO", &fresh),
    )?;

    let (added, removed) = replace(&fresh, &source.data())?;
    let total = files(&source.data(), "json")?.len();
    println!(
        "{}: {total} queries ({added} new, {removed} gone)",
        source.package
    );
    std::fs::remove_dir_all(&fresh)?;
    Ok(())
}

/// A wrapper of the compiler that has queries written for one crate alone: what depends on it, as a fixture of its tests
/// does, is compiled again as well.
fn wrapper(folder: &Path) -> Result<PathBuf> {
    let file = folder.join("queries/rustc");
    let script = "#!/bin/sh\n\
        [ \"$CARGO_PKG_NAME\" != \"$CAST_QUERIES_OF\" ] || export SQLX_OFFLINE_DIR=\"$CAST_QUERIES_TO\"\n\
        exec \"$@\"\n";
    std::fs::write(&file, script).with_context(|| format!("cannot write {}", file.display()))?;
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755))?;
    Ok(file)
}

/// Makes Cargo recompile a crate, whose macros then connect to the database.
fn touch(folder: &Path) -> Result<()> {
    let mut roots: Vec<PathBuf> = ["src/lib.rs", "src/main.rs", "tests/it/main.rs"]
        .map(|root| folder.join(root))
        .to_vec();
    roots.extend(files(&folder.join("src/bin"), "rs")?);
    for root in roots.iter().filter(|root| root.exists()) {
        let file = std::fs::File::options().append(true).open(root)?;
        file.set_modified(SystemTime::now())?;
    }
    Ok(())
}

/// Makes `kept` equal to `fresh`; identical files are not touched.
fn replace(fresh: &Path, kept: &Path) -> Result<(usize, usize)> {
    let (mut added, mut removed) = (0, 0);
    let fresh_files = files(fresh, "json")?;
    for old in files(kept, "json")? {
        let name = old.file_name().unwrap_or_default();
        if !fresh.join(name).exists() {
            std::fs::remove_file(&old)?;
            removed += 1;
        }
    }
    if !fresh_files.is_empty() {
        std::fs::create_dir_all(kept)?;
    }
    for file in fresh_files {
        let target = kept.join(file.file_name().unwrap_or_default());
        let text = std::fs::read(&file)?;
        added += usize::from(!target.exists());
        if std::fs::read(&target).ok().as_ref() != Some(&text) {
            std::fs::write(&target, text)?;
        }
    }
    Ok((added, removed))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    #[test]
    fn query_data_that_nothing_uses_any_more_is_removed() {
        let scratch = platform::Scratch::new("queries").unwrap();
        let (fresh, kept) = (scratch.path().join("fresh"), scratch.path().join("kept"));
        for folder in [&fresh, &kept] {
            std::fs::create_dir_all(folder).unwrap();
        }
        let write = |folder: &std::path::Path, name: &str, text: &str| {
            std::fs::write(folder.join(name), text).unwrap()
        };
        write(&fresh, "query-1.json", "new");
        write(&fresh, "query-2.json", "same");
        write(&kept, "query-2.json", "same");
        write(&kept, "query-3.json", "gone");
        write(&kept, "README.md", "not ours");
        assert_eq!(super::replace(&fresh, &kept).unwrap(), (1, 1));
        let mut names: Vec<_> = std::fs::read_dir(&kept)
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["README.md", "query-1.json", "query-2.json"]);
    }
}
