//! Loads the reference data: divisions and organisations, from the files described in seeds/README.md.
//!
//! It can be run again, by two at once, and after it was interrupted: each batch is one transaction under one lock, enters what is
//! missing, and publishes an event for each organisation it enters. Organisations that exist stay as they are: their truth is
//! here, not in the file. Divisions are brought up to date.

mod files;
pub mod scale;
mod store;

use std::{collections::HashMap, path::Path};

use anyhow::Context as _;
use kit::{clock::Clock, db::Db};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    divisions, numbers,
    organisations::{self, Organisation},
};

/// Organisations a transaction.
const BATCH: usize = 500;

/// What was done.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Seeded {
    /// Divisions that were entered or changed.
    pub divisions: u64,
    /// Organisations that were entered.
    pub organisations: usize,
}

/// Loads `divisions.csv` and `organisations.csv` from a folder.
pub async fn load(db: &Db, clock: &Clock, folder: &Path) -> anyhow::Result<Seeded> {
    let divisions = files::divisions(&folder.join("divisions.csv"))?;
    let mut organisations = files::organisations(&folder.join("organisations.csv"))?;
    let mut seeded = Seeded::default();

    let mut tx = db.begin().await?;
    store::lock(&mut tx).await?;
    seeded.divisions = divisions::store::replace_all(&mut tx, &divisions).await?;
    tx.commit().await?;

    place(db, &mut organisations).await?;
    for batch in organisations.chunks(BATCH) {
        seeded.organisations += enter(db, batch, clock.now())
            .await
            .context("organisations.csv")?;
    }
    tracing::info!(
        divisions = seeded.divisions,
        organisations = seeded.organisations,
        "reference data loaded"
    );
    Ok(seeded)
}

/// Gives each its path. One that exists may have moved since it was seeded: what is below it goes along.
async fn place(db: &Db, organisations: &mut [Organisation]) -> anyhow::Result<()> {
    let ids: Vec<Uuid> = organisations.iter().map(|o| o.organisation_id).collect();
    let mut paths: HashMap<Uuid, String> =
        organisations::store::paths(&mut *db.read().await?, &ids).await?;
    for organisation in organisations {
        let id = organisation.organisation_id;
        if !paths.contains_key(&id) {
            let above = match organisation.parent_id {
                Some(parent) => Some(
                    paths
                        .get(&parent)
                        .context("a parent stands before its children")?
                        .as_str(),
                ),
                None => None,
            };
            let path = organisations::rules::path_below(above, id);
            paths.insert(id, path);
        }
        organisation.path = paths[&id].clone();
    }
    Ok(())
}

/// Enters those of a batch that are missing; returns how many.
async fn enter(db: &Db, batch: &[Organisation], now: OffsetDateTime) -> anyhow::Result<usize> {
    let mut tx = db.begin().await?;
    store::lock(&mut tx).await?;
    let entered = organisations::store::establish(&mut tx, batch, now).await?;
    let mut events = Vec::with_capacity(entered.len());
    for organisation in batch
        .iter()
        .filter(|o| entered.contains(&o.organisation_id))
    {
        if organisation.accepts_applications {
            numbers::store::open_range(&mut tx, organisation.organisation_id, &organisation.code)
                .await?;
        }
        events.push(organisations::established(organisation));
    }
    tx.publish_all(&events, now).await?;
    tx.commit().await?;
    Ok(entered.len())
}
