//! Checks the Containerfile with a linter and against the source tree.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use platform::workspace;

use super::manifests::piped;

/// Lints it and compares it with the source tree.
pub fn check(tools: &Path) -> Result<()> {
    let root = workspace();
    let file = root.join("Containerfile");
    let mut lint = Command::new(tools.join("hadolint"));
    lint.args(["--no-color", "--failure-threshold", "style"])
        .arg(&file)
        .current_dir(&root);
    // It reports on standard output.
    let output = lint.output().context("cannot run hadolint")?;
    if !output.status.success() {
        bail!(
            "hadolint:\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let text = std::fs::read_to_string(&file).context("cannot read the Containerfile")?;
    let ignored = std::fs::read_to_string(root.join(".containerignore"))
        .context("cannot read .containerignore")?;
    let cargo = std::fs::read_to_string(root.join("Cargo.toml"))?;
    let cargo: toml::Table = toml::from_str(&cargo).context("cannot read Cargo.toml")?;
    let package = &cargo["workspace"]["package"];
    let rust = package["rust-version"].as_str().unwrap_or_default();
    let mut problems = problems(&text, rust);
    let tracked = piped(
        Command::new("git")
            .args(["ls-files", "-z"])
            .current_dir(&root),
        &[],
    )?;
    let tracked = String::from_utf8_lossy(&tracked);
    let tracked: Vec<&str> = tracked
        .split('\0')
        .filter(|path| !path.is_empty())
        .collect();
    for source in sources(&text) {
        let there = |path: &&str| {
            source == "." || **path == source || path.starts_with(&format!("{source}/"))
        };
        if !tracked.iter().any(there) {
            problems.push(format!(
                "COPY {source}: there is no such thing in the repository"
            ));
        }
        if ignored
            .lines()
            .any(|line| line.trim_end_matches('/') == source)
        {
            problems.push(format!("COPY {source}: .containerignore leaves it out"));
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    bail!("{}", problems.join("\n"))
}

/// Problems of the text itself. `rust` is the required version.
fn problems(text: &str, rust: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let lines = instructions(text);
    let toolchain = lines.iter().find_map(|line| line.strip_prefix("ARG RUST="));
    if toolchain
        .is_none_or(|version| version.split('.').take(2).collect::<Vec<_>>().join(".") != rust)
    {
        problems.push(format!(
            "it does not build with Rust {rust}, as Cargo.toml says"
        ));
    }
    let user = lines
        .iter()
        .rev()
        .find_map(|line| line.strip_prefix("USER "));
    let numeric = |user: &str| {
        user.split(':')
            .all(|part| part.parse::<u32>().is_ok_and(|id| id > 0))
    };
    if !user.is_some_and(numeric) {
        problems.push(
            "its last user is no number other than 0: Kubernetes cannot see that it is not root"
                .to_owned(),
        );
    }
    let listed = lines
        .iter()
        .any(|line| line.starts_with("RUN ") && line.contains("services.toml > services.txt"));
    let taken = lines
        .iter()
        .any(|line| line.starts_with("COPY --from=build /out/ /usr/local/bin/"));
    if !(listed && taken) {
        problems.push("the programs of the services in services.toml are not in it".to_owned());
    }
    // The last stage is what is built without a target; it is made of an earlier one.
    let last = lines.iter().rposition(|line| line.starts_with("FROM "));
    let added = lines
        .iter()
        .skip(last.unwrap_or_default())
        .any(|line| line.contains("/demo"));
    let base = last.and_then(|last| lines[last].strip_prefix("FROM "));
    if added || base == Some("demo") {
        problems.push("the image of production makes people up".to_owned());
    }
    if !text.contains("SQLX_OFFLINE=true") {
        problems.push("it would look for a database while it compiles".to_owned());
    }
    problems
}

/// Paths copied from the source tree.
fn sources(text: &str) -> Vec<String> {
    let copies = instructions(text)
        .into_iter()
        .filter_map(|line| Some(line.strip_prefix("COPY ")?.to_owned()));
    copies
        .filter(|line| !line.contains("--from="))
        .flat_map(|line| {
            let words: Vec<String> = line
                .split_whitespace()
                .filter(|word| !word.starts_with("--"))
                .map(str::to_owned)
                .collect();
            let last = words.len().saturating_sub(1);
            words
                .into_iter()
                .take(last)
                .map(|word| word.trim_end_matches('/').to_owned())
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Instructions, each on one line, without comments.
fn instructions(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .collect();
    let joined = lines.join("\n").replace("\\\n", " ");
    joined
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "ARG RUST=1.95.0\n# USER root\nENV SQLX_OFFLINE=true\nCOPY Cargo.toml \\\n  Cargo.lock ./\nCOPY crates crates\n\
        RUN sed services.toml > services.txt && xargs -I{} cp {} /out/ < services.txt\n\
        COPY --from=build /out/ \\\n /usr/local/bin/\nUSER 65532:65532\n\
        FROM suite AS demo\nCOPY --from=build /demo /usr/local/bin/demo\nFROM suite\n";

    #[test]
    fn what_a_linter_cannot_know_is_noticed() {
        assert_eq!(problems(GOOD, "1.95"), Vec::<String>::new());
        assert_eq!(sources(GOOD), ["Cargo.toml", "Cargo.lock", "crates"]);
        for (old, new, word) in [
            ("RUST=1.95.0", "RUST=1.90.0", "Rust 1.95"),
            ("65532:65532", "nonroot", "user"),
            ("65532:65532", "0", "user"),
            ("/out/ ", "/outside/ ", "services.toml"),
            ("SQLX_OFFLINE=true", "A=b", "database"),
            ("FROM suite\n", "FROM demo\n", "makes people up"),
        ] {
            let found = problems(&GOOD.replace(old, new), "1.95").join("\n");
            assert!(found.contains(word), "{old}: {found}");
        }
    }
}
