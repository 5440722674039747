//! The first two security administrators of a platform. Roles are given by people who administer them, those of the platform by two; so the
//! first two are appointed by the operator of the platform, beside the running service: `identity appoint --person NUMBER`.

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context as _, ensure};
use clap::Parser;
use kit::{
    Chassis,
    access::{
        Caller,
        roles::{self, Role},
    },
    audit,
    clock::Clock,
    config,
    db::Db,
    telemetry,
};
use time::OffsetDateTime;

use crate::{
    Service,
    audit::store::headquarters,
    grants::{Gift, give, store},
    install_crypto, persons,
    settings::Settings,
};

const ACTION: &str = "identity appoint";
/// Those who hold it propose and decide all other roles of the platform in the portal.
const ROLE: &str = "platform.security";

/// Makes a verified person a security administrator while there are fewer than two. They give all other roles in the portal.
#[derive(Debug, Parser)]
#[command(name = "identity appoint", version)]
struct Arguments {
    /// A TOML file with settings; variables of the environment (CAST_*) win over it.
    #[arg(long)]
    config: Option<PathBuf>,
    /// The person's public number (科协号); they have signed up and proved who they are.
    #[arg(long)]
    person: String,
}

/// The whole command. `arguments` are those behind its name.
pub fn main(arguments: impl Iterator<Item = std::ffi::OsString>) -> ExitCode {
    let name = std::iter::once("identity appoint".into());
    match run(Arguments::parse_from(name.chain(arguments))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("identity: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    let (settings, own) = config::load::<Settings>(arguments.config.as_deref())?;
    install_crypto();
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let telemetry = telemetry::init("identity", &settings)?;
        let outcome = async {
            let chassis = Chassis::connect::<Service>(settings, own, Clock::system()).await?;
            let now = chassis.clock.now();
            appoint(&chassis.db, &arguments.person, now).await
        };
        let outcome = outcome.await;
        telemetry.shutdown();
        outcome
    })
}

/// Gives the role on the headquarters. Doing it again for the same person changes nothing.
pub async fn appoint(db: &Db, person: &str, now: OffsetDateTime) -> anyhow::Result<()> {
    let role: &'static Role = roles::role(ROLE).context("roles.toml has no such role")?;
    let caller = Caller::Service("appoint".to_owned());
    let mut tx = db.begin().await?;
    let headquarters = headquarters(&mut tx).await?.context(
        "the headquarters are not known here yet: load the reference data of membership, and wait until identity has heard of it",
    )?;
    // Of several that are appointed at once the later ones wait here.
    store::lock_organisation(&mut tx, headquarters).await?;
    let (person_id, verified) = persons::store::lock_by_number(&mut tx, person)
        .await?
        .context("no account has this number: the person signs up first")?;
    let held = store::of_role(&mut tx, role.name, headquarters).await?;
    let others = held.iter().filter(|grant| grant.person_id != person_id);
    ensure!(
        others.count() < role.at_least as usize,
        "the headquarters already has {} security administrators, who give the role to others in the portal",
        role.at_least
    );
    let gift = Gift {
        person_id,
        verified,
        role,
        organisation_id: headquarters,
        last_day: None,
        given_by: &caller.actor(),
    };
    let given = give(&mut tx, gift, now).await?;
    let grant_id = given.grant_id;
    let subject = format!("grant:{grant_id}");
    audit::record(&mut tx, &caller, ACTION, &subject, "ok", now).await?;
    tx.commit().await?;
    tracing::info!(role = role.name, %grant_id, "appointed");
    Ok(())
}
