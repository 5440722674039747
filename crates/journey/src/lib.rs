//! `cast journey`: the main journey of the platform, played through the gateway's public API on a running platform.
//! Each step prints its result; the first failure ends the journey.
#![allow(
    clippy::disallowed_methods,
    reason = "a tool of development: it measures and makes things up"
)]
#![allow(clippy::print_stdout, reason = "it speaks on standard output")]

mod activity;
pub mod demo;
mod live;
pub mod people;
mod scientist;
mod sign_on;
mod society;
pub mod visitor;
mod world;

use std::{path::PathBuf, time::Instant};

use anyhow::{Context as _, Result};

use platform::here;

use world::World;

/// Options: the platform to use; by default the running one of this source tree.
#[derive(clap::Args)]
pub struct Arguments {
    /// The public address of a platform
    #[arg(long, requires = "mailbox")]
    gateway: Option<String>,
    /// The folder where its development transport stores messages
    #[arg(long, requires = "gateway")]
    mailbox: Option<PathBuf>,
}

/// Plays the journey.
pub async fn run(arguments: Arguments) -> Result<()> {
    let (gateway, mailbox) = match (arguments.gateway, arguments.mailbox) {
        (Some(gateway), Some(mailbox)) => (gateway, mailbox),
        _ => {
            let addresses = here::running()?;
            (addresses.gateway_url, addresses.mailbox)
        }
    };
    let mut world = World::new(&gateway, &mailbox)?;
    let started = Instant::now();
    let mut number = 0;
    macro_rules! step {
        ($title:literal, $step:expr) => {{
            number += 1;
            let begun = Instant::now();
            let seen = $step(&mut world)
                .await
                .with_context(|| format!("step {number} failed: {}", $title))?;
            say(&format!(
                "{number:>2}  {}\n      {seen}  ({} ms)",
                $title,
                begun.elapsed().as_millis()
            ));
        }};
    }
    step!("The cockpit before the journey", live::before);
    step!(
        "A scientist signs up with a mail address and a one-time code",
        scientist::sign_up
    );
    step!(
        "The scientist sees and revokes sessions",
        scientist::sessions
    );
    step!("The scientist proves who they are", scientist::verify);
    step!(
        "The scientist finds the society by a part of its name",
        scientist::find
    );
    step!("The scientist applies for membership", scientist::apply);
    step!(
        "The society returns the application, and it is corrected",
        society::return_and_correct
    );
    step!("Two reviewers admit the scientist", society::admit);
    step!("Anybody verifies the member card", society::card);
    step!(
        "A third-party site signs the scientist in",
        sign_on::third_party
    );
    step!(
        "The society's own system verifies members",
        society::machine
    );
    step!(
        "Another society's system sees nothing of them",
        society::foreign_machine
    );
    step!("The society publishes an activity", activity::publish);
    step!("64 people register at once for 32 seats", activity::rush);
    step!(
        "Staff check people in by ticket, and hours are credited",
        activity::check_in
    );
    step!("The cockpit shows it within a second, pushed", live::pushed);
    step!(
        "The cockpit's figures have grown by what happened",
        live::after
    );
    say(&format!(
        "\nThe journey is complete: {number} steps in {:.1} s.",
        started.elapsed().as_secs_f64()
    ));
    Ok(())
}

fn say(line: &str) {
    println!("{line}");
}
