//! `cast test`: all checks that a change has to pass.
#![allow(
    clippy::disallowed_methods,
    reason = "a tool of development: it measures and makes things up"
)]
#![allow(clippy::print_stdout, reason = "it speaks on standard output")]

mod arguments;
pub mod baseline;
mod code;
mod context;
mod contract;
mod deployment;
mod foreign;
mod form_vectors;
pub mod openapi;
mod outside;
pub mod queries;
mod seeds;
mod suites;
mod tools;

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

pub use arguments::Arguments;
use context::Context;

/// The stages, in order: quick ones first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Format,
    House,
    Dependencies,
    Proto,
    Queries,
    Clippy,
    Tests,
    Portal,
    Platform,
    Browser,
    Clients,
    Openapi,
    Fuzz,
    Deployment,
}

impl Stage {
    const ALL: [Self; 14] = [
        Self::Format,
        Self::House,
        Self::Dependencies,
        Self::Proto,
        Self::Queries,
        Self::Clippy,
        Self::Tests,
        Self::Portal,
        Self::Platform,
        Self::Browser,
        Self::Clients,
        Self::Openapi,
        Self::Fuzz,
        Self::Deployment,
    ];

    /// Its name and description.
    const fn describe(self) -> (&'static str, &'static str) {
        match self {
            Self::Format => ("format", "the code is formatted"),
            Self::House => (
                "house",
                "SQL in stores, pure rules, no circles: what the architecture promises",
            ),
            Self::Dependencies => (
                "dependencies",
                "licences, versions and origins of everything that is built in",
            ),
            Self::Proto => (
                "proto",
                "the contract follows its style and takes nothing back",
            ),
            Self::Queries => (
                "queries",
                "PostgreSQL confirms what is recorded about every query",
            ),
            Self::Clippy => ("clippy", "no lint has anything to say"),
            Self::Tests => (
                "tests",
                "unit and integration tests on real PostgreSQL and NATS",
            ),
            Self::Portal => (
                "portal",
                "types, unit tests, and whether it was written for the API as it is",
            ),
            Self::Platform => (
                "platform",
                "the whole platform from outside: journeys, access, faults",
            ),
            Self::Browser => (
                "browser",
                "what people see: the journey by screen, every page, in Chromium",
            ),
            Self::Clients => (
                "clients",
                "OpenID clients that others have written sign people in",
            ),
            Self::Openapi => ("openapi", "the API document is valid"),
            Self::Fuzz => (
                "fuzz",
                "made-up requests are answered as the API document says",
            ),
            Self::Deployment => (
                "deployment",
                "image, Kubernetes and monitoring fit the programs and each other",
            ),
        }
    }

    async fn run(self, context: &mut Context) -> Result<String> {
        match self {
            Self::Format => code::format(),
            Self::House => code::house(),
            Self::Dependencies => code::dependencies(),
            Self::Proto => contract::proto(),
            Self::Queries => code::queries(context).await,
            Self::Clippy => code::clippy(),
            Self::Tests => code::tests(context).await,
            Self::Portal => outside::portal(),
            Self::Platform => outside::tests(context).await,
            Self::Browser => outside::browser(context).await,
            Self::Clients => foreign::run(context).await,
            Self::Openapi => contract::openapi(context).await,
            Self::Fuzz => outside::fuzz(context).await,
            Self::Deployment => deployment::run(context).await,
        }
    }
}

/// Runs the stages and prints the results at the end. A failing stage does not stop the others.
pub async fn run(arguments: Arguments) -> Result<()> {
    let stages = chosen(&arguments.stages)?;
    if arguments.list {
        for (name, what) in stages.into_iter().map(Stage::describe) {
            println!("{name:<14}{what}");
        }
        return Ok(());
    }
    let mut context = Context::new(arguments);
    let mut results = Vec::new();
    let begin = Instant::now();
    for stage in stages {
        let (name, what) = stage.describe();
        println!("\n━━ {name}: {what}");
        let start = Instant::now();
        let result = stage.run(&mut context).await;
        if let Err(error) = &result {
            println!("{name} failed: {error:#}");
        }
        results.push((name, result, start.elapsed()));
    }
    context.stop().await?;
    summary(&results, begin.elapsed())
}

/// The stages whose name contains one of the words; all if there are no words.
fn chosen(words: &[String]) -> Result<Vec<Stage>> {
    for word in words {
        if !Stage::ALL
            .iter()
            .any(|stage| stage.describe().0.contains(word.as_str()))
        {
            let names = Stage::ALL.map(|stage| stage.describe().0).join(", ");
            bail!("no stage is called {word}; there are {names}");
        }
    }
    let wanted = |stage: &Stage| {
        words.is_empty()
            || words
                .iter()
                .any(|word| stage.describe().0.contains(word.as_str()))
    };
    Ok(Stage::ALL.into_iter().filter(wanted).collect())
}

fn summary(results: &[(&str, Result<String>, Duration)], total: Duration) -> Result<()> {
    println!("\n━━ summary");
    for (name, result, took) in results {
        let (mark, words) = match result {
            Ok(words) => ("ok", words.clone()),
            Err(error) => ("FAILED", first_line(error)),
        };
        println!("{name:<14}{mark:<9}{:>7.1} s  {words}", took.as_secs_f32());
    }
    println!("{:<23}{:>7.1} s", "", total.as_secs_f32());
    let failed: Vec<&str> = results
        .iter()
        .filter(|(_, result, _)| result.is_err())
        .map(|(name, _, _)| *name)
        .collect();
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

fn first_line(error: &anyhow::Error) -> String {
    format!("{error:#}")
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn stages_are_chosen_by_part_of_their_name_and_run_in_their_own_order() {
        let words = |words: &[&str]| {
            words
                .iter()
                .map(|&word| word.to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(chosen(&[]).unwrap(), Stage::ALL);
        assert_eq!(
            chosen(&words(&["fuzz", "clip"])).unwrap(),
            [Stage::Clippy, Stage::Fuzz]
        );
        let error = chosen(&words(&["fuz", "nothing"])).unwrap_err().to_string();
        assert!(error.starts_with("no stage is called nothing"), "{error}");
    }

    #[test]
    fn one_failed_stage_fails_the_whole_and_is_named() {
        let passed = || Ok(String::new());
        assert!(summary(&[("a", passed(), Duration::ZERO)], Duration::ZERO).is_ok());
        let results = [
            ("a", passed(), Duration::ZERO),
            ("b", Err(anyhow::anyhow!("no")), Duration::ZERO),
        ];
        assert_eq!(
            summary(&results, Duration::ZERO).unwrap_err().to_string(),
            "failed: b"
        );
    }
}
