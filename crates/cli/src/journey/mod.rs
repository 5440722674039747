//! `cast journey`: the main journey of the platform, played through the gateway's public API on a running platform. Each step
//! says what it saw; the first that fails ends the journey.

mod activity;
pub mod demo;
mod live;
mod people;
mod scientist;
mod sign_on;
mod society;
pub mod visitor;

use std::{
    path::PathBuf,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, Result};

use visitor::Visitor;

/// What the steps hand on to each other.
pub struct World {
    /// Makes everything of this run new: a few characters from the clock.
    run: String,
    /// A number from the clock, for made-up identity numbers.
    seed: u64,
    /// The demo accounts of the seeds.
    demo: demo::Accounts,
    /// The scientist the journey follows.
    scientist: Visitor,
    /// 中国计算机学会.
    organisation_id: String,
    /// The scientist's public number.
    person_number: String,
    application_id: String,
    membership_id: String,
    member_number: String,
    /// The society's own system.
    machine: Option<Visitor>,
    activity_id: String,
    /// The cockpit's headline figures before the journey.
    before: live::Figures,
    /// Those who register, the scientist first.
    attendees: Vec<Visitor>,
    /// How many attendees have checked in.
    checked_in: i64,
}

/// Which platform the journey is played on; the running one of this source tree if nothing is said.
#[derive(clap::Args)]
pub struct Arguments {
    /// The public address of a platform
    #[arg(long, requires = "mailbox")]
    gateway: Option<String>,
    /// The folder where its development transport leaves messages
    #[arg(long, requires = "gateway")]
    mailbox: Option<PathBuf>,
}

/// Plays the journey.
pub async fn run(arguments: Arguments) -> Result<()> {
    let (gateway, mailbox) = match (arguments.gateway, arguments.mailbox) {
        (Some(gateway), Some(mailbox)) => (gateway, mailbox),
        _ => {
            let addresses = crate::running()?;
            (addresses.gateway_url, addresses.mailbox)
        }
    };
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let mut world = World {
        run: format!("{:x}", since_epoch.as_millis()),
        seed: since_epoch.as_micros() as u64,
        demo: demo::Accounts::read(&platform::workspace().join("seeds"))?,
        scientist: Visitor::new(&gateway, &mailbox)?,
        organisation_id: String::new(),
        person_number: String::new(),
        application_id: String::new(),
        membership_id: String::new(),
        member_number: String::new(),
        machine: None,
        activity_id: String::new(),
        before: live::Figures::default(),
        attendees: Vec::new(),
        checked_in: 0,
    };
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
