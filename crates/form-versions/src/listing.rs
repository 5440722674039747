//! Rows by which lists are filtered, beside sealed answers: for answers that were kept before there were rows, and by a version of the
//! service that wrote none.

use std::{
    collections::{HashMap, hash_map::Entry},
    time::Duration,
};

use async_trait::async_trait;
use kit::{Worker, crypto::Keys, db::Db, errors::Result, sealed::SealedColumn};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{answers, desk, shelf::Shelf};

/// How often a replica looks.
const PERIOD: Duration = Duration::from_secs(60);
/// Records at a time: a transaction stays short.
const BATCH: i64 = 200;

/// Answers whose rows were not written yet.
#[derive(Clone, Debug)]
pub struct Unlisted {
    /// What they belong to.
    pub record_id: Uuid,
    /// The form.
    pub form_id: Uuid,
    /// The version that was answered.
    pub form_version: i32,
    /// Sealed.
    pub answers: Vec<u8>,
}

/// A row: the record, the key of the question, the answer.
pub type Row = (Uuid, String, String);

/// The table of rows of a service.
#[async_trait]
pub trait Rows: Send + Sync {
    /// Where the forms are.
    fn shelf(&self) -> &dyn Shelf;

    /// How answers are sealed.
    fn column(&self) -> SealedColumn;

    /// Some answers without rows, locked; those that change at the moment are passed over.
    async fn unlisted(
        &self,
        conn: &mut PgConnection,
        most: i64,
    ) -> Result<Vec<Unlisted>, sqlx::Error>;

    /// Writes the rows of these records, in the place of those before; the records are locked.
    async fn list(
        &self,
        conn: &mut PgConnection,
        record_ids: &[Uuid],
        rows: Vec<Row>,
    ) -> Result<(), sqlx::Error>;
}

/// A worker that writes the rows that are missing. Any number may run.
pub fn worker(name: &'static str, db: &Db, keys: &Keys, table: &'static dyn Rows) -> Worker {
    let (db, keys) = (db.clone(), keys.clone());
    Worker::every(name, PERIOD, move || {
        let (db, keys) = (db.clone(), keys.clone());
        async move { Ok(run(&db, &keys, table).await?) }
    })
}

/// One round: everything that has no rows yet.
pub async fn run(db: &Db, keys: &Keys, table: &dyn Rows) -> Result<()> {
    while batch(db, keys, table).await? > 0 {}
    Ok(())
}

async fn batch(db: &Db, keys: &Keys, table: &dyn Rows) -> Result<usize> {
    let mut tx = db.begin().await?;
    let unlisted = table.unlisted(&mut tx, BATCH).await?;
    let mut forms = HashMap::new();
    let mut rows = Vec::new();
    for one in &unlisted {
        let (form_id, version) = (one.form_id, one.form_version);
        let form = match forms.entry((form_id, version)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                place.insert(desk::version(table.shelf(), &mut tx, form_id, version).await?)
            }
        };
        // A version is never deleted.
        let Some(form) = form else { continue };
        let answers = answers::open(table.column(), keys, one.record_id, Some(&one.answers))?;
        let listed = form.rows(&answers).into_iter();
        rows.extend(listed.map(|(key, value)| (one.record_id, key, value)));
    }
    let ids: Vec<Uuid> = unlisted.iter().map(|one| one.record_id).collect();
    if !ids.is_empty() {
        table.list(&mut tx, &ids, rows).await?;
    }
    tx.commit().await?;
    Ok(ids.len())
}
