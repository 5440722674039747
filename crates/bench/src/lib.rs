//! `cast bench`: measures the performance of the platform, each figure with a baseline of the same run.
//!
//! A scenario is a file with a function `run` that returns [`Figure`]s. To add one: write the file, add a line to
//! [`SCENARIOS`].
#![allow(
    clippy::disallowed_methods,
    reason = "a tool of development: it measures and makes things up"
)]
#![allow(clippy::print_stdout, reason = "it speaks on standard output")]

mod activities;
mod answering;
mod certifying;
mod database;
mod empty;
mod exporting;
mod figure;
mod filling;
mod following;
mod idle;
mod load;
mod machine;
mod memory;
mod people;
mod pgbench;
mod reading;
mod rebuilding;
mod registering;
mod relaying;
mod report;
mod shares;
mod signing_in;
mod slicing;
mod society;
mod stage;
mod start_up;
mod tokens;
mod usage;
mod verifying;
mod written;

use std::{path::PathBuf, time::Duration};

use anyhow::{Context as _, Result, bail};
use futures::{FutureExt as _, future::BoxFuture};
use platform::workspace;
use time::{OffsetDateTime, macros::format_description};

use platform::build;

use figure::Figure;
use report::Section;
use stage::{Plan, Stage};

/// A scenario.
pub struct Scenario {
    name: &'static str,
    /// A short description for the page.
    about: &'static str,
    run: for<'a> fn(&'a Stage) -> BoxFuture<'a, Result<Vec<Figure>>>,
}

/// All scenarios, in the order of execution and of the page.
static SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "filling",
        about: "The made-up people, memberships, activities and registrations that everything else is measured among.",
        run: |stage| filling::run(stage).boxed(),
    },
    Scenario {
        name: "reading",
        about: "A read that is open to everybody: one organisation, 16 callers.",
        run: |stage| reading::run(stage).boxed(),
    },
    Scenario {
        name: "verifying",
        about: "A society's system asks who is a member: one number in a call, and 1,000.",
        run: |stage| verifying::run(stage).boxed(),
    },
    Scenario {
        name: "exporting",
        about: "The members of a society as a file.",
        run: |stage| exporting::run(stage).boxed(),
    },
    Scenario {
        name: "certifying",
        about: "Certificates of membership as PDF/A, made anew for each download.",
        run: |stage| certifying::run(stage).boxed(),
    },
    Scenario {
        name: "registering",
        about: "Seats at one activity that everybody wants, twice as many people as seats; and at 1,000 activities.",
        run: |stage| registering::run(stage).boxed(),
    },
    Scenario {
        name: "answering",
        about: "Answers to a form of 100 fields, evaluated by the library on one core.",
        run: |stage| answering::run(stage).boxed(),
    },
    Scenario {
        name: "signing-in",
        about: "Sign-ins with a password, everybody once.",
        run: |stage| signing_in::run(stage).boxed(),
    },
    Scenario {
        name: "tokens",
        about: "Access tokens for a society's system (OAuth client_credentials), 16 callers.",
        run: |stage| tokens::run(stage).boxed(),
    },
    Scenario {
        name: "relaying",
        about: "The event log of one service: from its outbox to NATS and into the cockpit.",
        run: |stage| relaying::run(stage).boxed(),
    },
    Scenario {
        name: "following",
        about: "From the answer to a registration to the moment the cockpit has counted it.",
        run: |stage| following::run(stage).boxed(),
    },
    Scenario {
        name: "rebuilding",
        about: "All of the cockpit's numbers counted anew from the first event on.",
        run: |stage| rebuilding::run(stage).boxed(),
    },
    Scenario {
        name: "slicing",
        about: "Memberships and distinct people of a slice: ten times the scale in people, half as many memberships more.",
        run: |stage| slicing::run(stage).boxed(),
    },
    Scenario {
        name: "start-up",
        about: "Each service stopped and started again while the others run.",
        run: |stage| start_up::run(stage).boxed(),
    },
    Scenario {
        name: "memory",
        about: "Resident memory of each service, of PostgreSQL with all its processes (shared buffers of 128 MiB counted once), and of NATS.",
        run: |stage| idle::run(stage).boxed(),
    },
];

/// Options.
#[derive(clap::Args)]
pub struct Arguments {
    /// Only these; `--list` names them
    #[arg(value_parser = known)]
    names: Vec<String>,
    /// List the scenarios
    #[arg(long)]
    list: bool,
    /// Number of persons, memberships and registrations in the database
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1_000..=10_000_000))]
    scale: u64,
    /// Length of a round in seconds
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// Rounds of each figure and of its baseline
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=100))]
    rounds: u64,
    /// The page to write
    #[arg(long, default_value_os_t = page())]
    output: PathBuf,
    /// Use the data that an earlier run kept, and keep it again
    #[arg(long)]
    keep: bool,
}

fn page() -> PathBuf {
    workspace().join("docs/benchmarks.md")
}

fn names() -> Vec<&'static str> {
    SCENARIOS.iter().map(|scenario| scenario.name).collect()
}

fn known(name: &str) -> Result<String, String> {
    match SCENARIOS.iter().any(|scenario| scenario.name == name) {
        true => Ok(name.to_owned()),
        false => Err(format!("one of {}", names().join(", "))),
    }
}

/// Measures and reports.
pub async fn run(arguments: Arguments) -> Result<()> {
    if arguments.list {
        for scenario in SCENARIOS {
            println!("  {:<14}{}", scenario.name, scenario.about);
        }
        return Ok(());
    }
    if cfg!(debug_assertions) {
        return optimised();
    }
    let plan = Plan {
        scale: arguments.scale,
        length: Duration::from_secs(arguments.seconds),
        rounds: usize::try_from(arguments.rounds)?,
    };
    let home = std::env::current_exe()?
        .ancestors()
        .nth(2)
        .context("this program does not lie in a target directory")?
        .join("bench-platform");
    let stage = Stage::set_up(plan, &home, arguments.keep).await?;
    let measured = tokio::select! {
        measured = measure(&stage, &arguments.names) => measured,
        _ = tokio::signal::ctrl_c() => Err(anyhow::anyhow!("interrupted")),
    };
    stage.tear_down(arguments.keep).await?;
    let sections = measured?;
    report::write(&arguments.output, &names(), &sections)?;
    println!("\nwritten to {}", arguments.output.display());
    Ok(())
}

/// Re-runs the command with an optimised build of this program, so that the load generator is not the bottleneck.
fn optimised() -> Result<()> {
    use std::os::unix::process::CommandExt as _;
    let programs = build::optimised()?;
    let mut command = std::process::Command::new(programs.join("cast"));
    command.args(std::env::args_os().skip(1));
    // Returns only if it failed.
    Err(command.exec()).context("the optimised program cannot be started")
}

async fn measure(stage: &Stage, names: &[String]) -> Result<Vec<Section>> {
    let circumstances = circumstances(stage).await?;
    let mut sections = Vec::new();
    for scenario in SCENARIOS {
        if !names.is_empty() && !names.iter().any(|name| name == scenario.name) {
            continue;
        }
        println!("\n{}: {}", scenario.name, scenario.about);
        let _watch = stage.memory.watch(&stage.platform, scenario.name);
        let figures = (scenario.run)(stage)
            .await
            .with_context(|| format!("measuring {}", scenario.name))?;
        print!("{}", report::table(&figures));
        sections.push(Section {
            scenario: scenario.name,
            about: scenario.about,
            figures,
            circumstances: circumstances.clone(),
        });
    }
    if sections.is_empty() {
        bail!("nothing to measure");
    }
    Ok(sections)
}

/// Date, machine and versions.
async fn circumstances(stage: &Stage) -> Result<String> {
    let date = OffsetDateTime::now_utc().format(format_description!(
        "[year]-[month]-[day] [hour]:[minute] UTC"
    ))?;
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("an unknown processor", |rest| {
            rest.trim_start_matches([' ', '\t', ':'])
        });
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let busy = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let busy = busy.split_whitespace().next().unwrap_or_default();
    let postgres = database::version(&stage.platform.addresses().postgres_url).await?;
    // The path of the page is not recorded.
    let mut typed: Vec<String> = std::env::args().skip(1).collect();
    if let Some(at) = typed.iter().position(|word| word == "--output") {
        typed.drain(at..typed.len().min(at + 2));
    }
    Ok(format!(
        "{date}; {cpu}, {cores} cores, Linux {}, load average {busy} when it began; PostgreSQL {postgres}; scale {}, {} rounds of {} s; `./cast {}`.",
        kernel.trim(),
        stage.plan.scale,
        stage.plan.rounds,
        stage.plan.length.as_secs(),
        typed.join(" ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scenario_has_a_name_of_its_own_and_says_what_it_is_about() {
        for (at, scenario) in SCENARIOS.iter().enumerate() {
            assert!(
                SCENARIOS[..at]
                    .iter()
                    .all(|other| other.name != scenario.name)
            );
            assert!(scenario.about.ends_with('.'), "{}", scenario.name);
        }
        assert!(known("reading").is_ok() && known("nonsense").is_err());
    }
}
