//! Runs the tests of the workspace program by program, and reports the slowest.

use std::{
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use platform::build;

/// How many of the slowest tests are shown.
const SHOWN: usize = 10;

/// A test program built by Cargo.
struct Suite {
    /// The package and the target, e.g. `kit it`.
    name: String,
    program: PathBuf,
    /// Its working directory under Cargo: the folder of its package.
    directory: PathBuf,
}

/// The result of one test.
#[derive(Debug, PartialEq)]
struct Outcome {
    name: String,
    failed: bool,
    took: Duration,
}

/// Builds what `targets` selects (`--lib`, `--test it`) of the whole workspace and runs it. A failing program does not
/// stop the others. Returns the number of tests.
pub fn run(targets: &[&str], environment: &[(&str, &str)]) -> Result<String> {
    let (mut outcomes, mut failed) = (Vec::new(), Vec::new());
    for suite in suites(targets)? {
        println!("\n     Running {}", suite.name);
        let (passed, ran) = suite.run(environment)?;
        let broken = ran.iter().filter(|outcome| outcome.failed);
        let broken: Vec<String> = broken
            .map(|outcome| format!("{} {}", suite.name, outcome.name))
            .collect();
        if !passed && broken.is_empty() {
            failed.push(format!("{} broke off", suite.name));
        }
        failed.extend(broken);
        outcomes.extend(ran.into_iter().map(|outcome| (suite.name.clone(), outcome)));
    }
    slowest(&mut outcomes);
    if !failed.is_empty() {
        bail!("{} failed: {}", failed.len(), failed.join(", "));
    }
    Ok(format!("{} tests", outcomes.len()))
}

fn slowest(outcomes: &mut [(String, Outcome)]) {
    outcomes.sort_by_key(|(_, outcome)| std::cmp::Reverse(outcome.took));
    println!("\nthe slowest:");
    for (suite, outcome) in outcomes.iter().take(SHOWN) {
        println!(
            "{:>7.1} s  {suite} {}",
            outcome.took.as_secs_f32(),
            outcome.name
        );
    }
}

/// Builds the test programs; Cargo returns their list.
fn suites(targets: &[&str]) -> Result<Vec<Suite>> {
    #[derive(Deserialize)]
    struct Message {
        executable: Option<PathBuf>,
        manifest_path: Option<PathBuf>,
        target: Option<Target>,
        profile: Option<Profile>,
    }
    #[derive(Deserialize)]
    struct Target {
        name: String,
        kind: Vec<String>,
    }
    #[derive(Deserialize)]
    struct Profile {
        test: bool,
    }
    // Selects the whole workspace here and everywhere, so that dependencies are built with one set of features.
    let mut cargo = build::cargo(&["test", "--workspace", "--no-run"]);
    cargo
        .args(targets)
        .arg("--message-format=json-render-diagnostics")
        .env("SQLX_OFFLINE", "true")
        .stdout(Stdio::piped());
    let line = build::line(&cargo);
    let mut building = cargo
        .spawn()
        .with_context(|| format!("cannot run `{line}`"))?;
    let output = building.stdout.take().context("the output is piped")?;
    let mut suites = Vec::new();
    for message in BufReader::new(output).lines() {
        let message: Message = serde_json::from_str(&message?)?;
        let (Some(program), Some(manifest), Some(target)) =
            (message.executable, message.manifest_path, message.target)
        else {
            continue;
        };
        if message.profile.is_none_or(|profile| !profile.test) {
            continue;
        }
        let directory = manifest.parent().context("a manifest lies in a folder")?;
        let package = directory.file_name().unwrap_or_default().to_string_lossy();
        // `lib`, `bin`, `test`: of the latter there may be several.
        let name = match target.kind.first().map(String::as_str) {
            Some("test") | None => format!("{package} {}", target.name),
            Some(kind) => format!("{package} {kind}"),
        };
        suites.push(Suite {
            name,
            program,
            directory: directory.to_owned(),
        });
    }
    let status = building.wait()?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    // Cargo lists them in order of completion.
    suites.sort_by(|a, b| (&a.name, &a.program).cmp(&(&b.name, &b.program)));
    Ok(suites)
}

impl Suite {
    /// Whether it passed, and each test.
    fn run(&self, environment: &[(&str, &str)]) -> Result<(bool, Vec<Outcome>)> {
        let mut program = Command::new(&self.program);
        program
            .args(["-Zunstable-options", "--report-time"])
            // The harness reports times only with unstable options enabled.
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_MANIFEST_DIR", &self.directory)
            .envs(environment.iter().copied())
            .current_dir(&self.directory)
            .stdout(Stdio::piped());
        let mut running = program
            .spawn()
            .with_context(|| format!("cannot run {}", self.program.display()))?;
        let output = running.stdout.take().context("the output is piped")?;
        let mut outcomes = Vec::new();
        for line in BufReader::new(output).split(b'\n') {
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            outcomes.extend(outcome(&line));
        }
        Ok((running.wait()?.success(), outcomes))
    }
}

/// Parses `test a::b ... ok <1.234s>`.
fn outcome(line: &str) -> Option<Outcome> {
    let (name, result) = line.strip_prefix("test ")?.split_once(" ... ")?;
    let (word, time) = result.split_once(" <").unwrap_or((result, ""));
    let seconds = time.strip_suffix("s>").and_then(|time| time.parse().ok());
    let failed = match word {
        "ok" => false,
        "FAILED" => true,
        _ => return None,
    };
    Some(Outcome {
        name: name.to_owned(),
        failed,
        took: Duration::try_from_secs_f32(seconds.unwrap_or_default()).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_harness_is_understood() {
        let of = |name: &str, failed, millis| {
            Some(Outcome {
                name: name.to_owned(),
                failed,
                took: Duration::from_millis(millis),
            })
        };
        assert_eq!(
            outcome("test a::b ... ok <1.500s>"),
            of("a::b", false, 1_500)
        );
        assert_eq!(outcome("test c ... FAILED <0.250s>"), of("c", true, 250));
        assert_eq!(outcome("test c ... ok"), of("c", false, 0));
        for other in [
            "",
            "running 3 tests",
            "test c ... ignored",
            "test result: ok. 3 passed; 0 failed",
        ] {
            assert_eq!(outcome(other), None, "{other}");
        }
    }
}
