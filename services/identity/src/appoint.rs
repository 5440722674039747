//! The first administrator of a platform. Roles are given by people who hold them; the first one is given by the operator of the platform,
//! beside the running service: `identity appoint --person NUMBER`.

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context as _, bail, ensure};
use clap::Parser;
use kit::{
    Chassis,
    access::{Caller, roles},
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
    grants::{give, rules, store},
    install_crypto, persons,
    settings::Settings,
};

const ACTION: &str = "identity appoint";
/// More grants than anybody has on the headquarters.
const ALL: i64 = 100_000;

/// Gives a verified person a role on the headquarters that has no holder there yet. Its holder gives it to others in the portal.
#[derive(Debug, Parser)]
#[command(name = "identity appoint", version)]
struct Arguments {
    /// A TOML file with settings; variables of the environment (CAST_*) win over it.
    #[arg(long)]
    config: Option<PathBuf>,
    /// The person's public number (科协号); they have signed up and proved who they are.
    #[arg(long)]
    person: String,
    /// The role; the administrator of the headquarters may give every role of organisations.
    #[arg(long, default_value = "organisation.administrator")]
    role: String,
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
            appoint(&chassis.db, &arguments.person, &arguments.role, now).await
        };
        let outcome = outcome.await;
        telemetry.shutdown();
        outcome
    })
}

/// Gives the role on the headquarters. Doing it again for the same person changes nothing.
pub async fn appoint(db: &Db, person: &str, role: &str, now: OffsetDateTime) -> anyhow::Result<()> {
    let role = match rules::role_on(role, true) {
        Ok(role) => role,
        Err(error) => {
            let known: Vec<&str> = roles::ROLES.iter().map(|role| role.name).collect();
            bail!("{error}: take one of {}", known.join(", "));
        }
    };
    let caller = Caller::Service("appoint".to_owned());
    let mut tx = db.begin().await?;
    let headquarters = headquarters(&mut tx).await?.context(
        "the headquarters are not known here yet: load the reference data of membership, and wait until identity has heard of it",
    )?;
    store::lock_organisation(&mut tx, headquarters).await?;
    let (person_id, verified) = persons::store::lock_by_number(&mut tx, person)
        .await?
        .context("no account has this number: the person signs up first")?;
    let held = store::of_organisation(&mut tx, headquarters, None, ALL).await?;
    let other = held
        .iter()
        .any(|grant| grant.role == role.name && grant.person_id != person_id);
    ensure!(
        !other,
        "the headquarters already has a holder of {}, who gives it to others in the portal",
        role.name
    );
    let actor = caller.actor();
    let given = give(
        &mut tx,
        person_id,
        verified,
        role,
        headquarters,
        &actor,
        now,
    )
    .await?;
    let grant_id = given.grant_id;
    let subject = format!("grant:{grant_id}");
    audit::record(&mut tx, &caller, ACTION, &subject, "ok", now).await?;
    tx.commit().await?;
    tracing::info!(role = role.name, %grant_id, "appointed");
    Ok(())
}
