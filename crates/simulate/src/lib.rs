//! `cast simulate`: lets the demonstration country live. People sign up, prove who they are, apply, are reviewed, register for
//! activities and check in, at a chosen pace, all through the public API of the running platform: for walls, demonstrations and long
//! runs. What is refused or not answered is counted, and life goes on.
#![allow(
    clippy::disallowed_methods,
    reason = "a tool of development: it measures and makes things up"
)]
#![allow(clippy::print_stdout, reason = "it speaks on standard output")]

mod activities;
mod applications;
mod country;
mod doing;
mod outcome;
mod people;

use std::{
    collections::BTreeMap,
    num::NonZeroU32,
    time::{Duration, Instant},
};

use anyhow::Result;
use platform::here;
use tokio::time::{MissedTickBehavior, interval};

use self::{country::Country, doing::Doing, outcome::Outcome};

/// Options.
#[derive(clap::Args)]
pub struct Arguments {
    /// How much happens in a minute
    #[arg(long, default_value = "60")]
    pace: NonZeroU32,
    /// For how many minutes; without it until Ctrl-C
    #[arg(long)]
    minutes: Option<u32>,
}

/// How often it is said what has happened.
const REPORT: Duration = Duration::from_secs(10);

/// Lets the running platform live.
pub async fn run(arguments: Arguments) -> Result<()> {
    let addresses = here::running()?;
    let mut country = Country::new(&addresses.gateway_url, &addresses.mailbox).await?;
    println!(
        "Life at {}: about {} doings a minute; Ctrl-C ends it.",
        addresses.gateway_url, arguments.pace
    );
    let until = arguments
        .minutes
        .map(|minutes| Instant::now() + Duration::from_secs(60 * u64::from(minutes)));
    let mut ticks = interval(Duration::from_secs(60) / arguments.pace.get());
    // What was missed while the platform did not answer is not made up for.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut tally = Tally::default();
    let mut reported = Instant::now();
    let end = tokio::signal::ctrl_c();
    tokio::pin!(end);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = &mut end => break,
        }
        if until.is_some_and(|until| until <= Instant::now()) {
            break;
        }
        let doing = Doing::draw(country.chance());
        tally.add(doing, live(&mut country, doing).await);
        if reported.elapsed() >= REPORT {
            println!("{}", tally.line());
            reported = Instant::now();
        }
    }
    println!("{}", tally.line());
    Ok(())
}

/// Lets one thing happen.
async fn live(country: &mut Country, doing: Doing) -> Result<Outcome> {
    match doing {
        Doing::SignUp => people::sign_up(country).await,
        Doing::Apply => applications::apply(country).await,
        Doing::Review => applications::review(country).await,
        Doing::Decide => applications::decide(country).await,
        Doing::Register => activities::register(country).await,
        Doing::Publish => activities::publish(country).await,
        Doing::CheckIn => activities::check_in(country).await,
    }
}

/// What has happened since the start.
#[derive(Default)]
struct Tally {
    done: BTreeMap<&'static str, u64>,
    refused: u64,
    last_refusal: Option<String>,
}

impl Tally {
    fn add(&mut self, doing: Doing, outcome: Result<Outcome>) {
        match outcome {
            Ok(Outcome::Done) => *self.done.entry(doing.name()).or_default() += 1,
            Ok(Outcome::Nothing) => {}
            Ok(Outcome::Refused(why)) => {
                self.refused += 1;
                self.last_refusal = Some(format!("{}: {why}", doing.name()));
            }
            Err(error) => {
                self.refused += 1;
                self.last_refusal = Some(format!("{}: {error:#}", doing.name()));
            }
        }
    }

    fn line(&mut self) -> String {
        let done: Vec<String> = self
            .done
            .iter()
            .map(|(name, times)| format!("{name} {times}"))
            .collect();
        let mut line = done.join(" · ");
        if self.refused > 0 {
            line.push_str(&format!(" · not done {}", self.refused));
        }
        if let Some(why) = self.last_refusal.take() {
            line.push_str(&format!(" (last: {why})"));
        }
        line
    }
}
