//! `cast queries`.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context as _, Result};
use platform::Postgres;

use super::{Source, files};
use platform::{build, here};

/// Renews the query data of every crate: all of them are compiled once, each against its own database.
pub async fn run() -> Result<()> {
    let sources = Source::all()?;
    println!("preparing databases …");
    let postgres = Postgres::throwaway().await?;
    let fresh = here::home().join("queries");
    let _ = std::fs::remove_dir_all(&fresh);
    // The whole workspace is selected, so that dependencies are compiled with the features that they always have.
    let mut check = build::cargo(&["check", "--quiet", "--workspace", "--all-targets"]);
    for source in &sources {
        let folder = fresh.join(&source.package);
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        let url = source.database(&postgres.url("postgres")).await?;
        check.env(&source.variable, url);
        touch(&source.folder)?;
    }
    println!("compiling …");
    check
        .env("SQLX_OFFLINE", "true")
        .env("RUSTC_WRAPPER", wrapper(&fresh)?)
        .env("CAST_QUERIES", &fresh);
    build::run(&mut check)?;
    for source in &sources {
        let (added, removed) = replace(&fresh.join(&source.package), &source.data())?;
        let total = files(&source.data(), "json")?.len();
        println!(
            "{}: {total} queries ({added} new, {removed} gone)",
            source.package
        );
    }
    std::fs::remove_dir_all(&fresh)?;
    Ok(())
}

/// A wrapper of the compiler that has the queries of a crate described by its database and written to its folder.
fn wrapper(folder: &Path) -> Result<PathBuf> {
    let file = folder.join("rustc");
    let script = "#!/bin/sh\n\
        if [ -d \"$CAST_QUERIES/$CARGO_PKG_NAME\" ]; then\n  \
        export SQLX_OFFLINE=false SQLX_OFFLINE_DIR=\"$CAST_QUERIES/$CARGO_PKG_NAME\"\n\
        fi\n\
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
