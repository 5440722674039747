//! What a service knows that exports: its columns, its rows, and who may have them.

use async_trait::async_trait;
use kit::{access::Reach, errors::Problem};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    state::{Kind, Language},
    table::{Cell, Column, Spread, Title},
};

/// What is to be exported.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The organisation whose data it is.
    pub organisation_id: Uuid,
    /// The activity, if it is of one.
    pub activity_id: Option<Uuid>,
    /// Which rows, in the words of the source.
    pub filter: serde_json::Value,
    /// Of words in the rows.
    pub language: Language,
}

/// Some rows, each with a cell for every column of the source, and behind which key the next ones are.
#[derive(Debug, Default)]
pub struct Rows {
    /// In the order of the file.
    pub rows: Vec<Vec<Cell>>,
    /// `None` after the last one.
    pub next: Option<String>,
}

/// A list that can be exported. All reading of one file happens in one snapshot of the database.
#[async_trait]
pub trait Source: Send + Sync + 'static {
    /// Which.
    fn kind(&self) -> Kind;

    /// What files and sheets are called.
    fn name(&self) -> Title;

    /// Every column that there is.
    fn columns(&self) -> &'static [Column];

    /// The column that is spread in this file, if there is one; its cells are [`Cell::Several`].
    async fn spread(
        &self,
        _conn: &mut PgConnection,
        _wanted: &Wanted,
    ) -> Result<Option<Spread>, Problem> {
        Ok(None)
    }

    /// The permission that an export asks for. Those who hold it on an organisation may read the list there.
    fn permission(&self) -> &'static str;

    /// The method that asks for an export, as in audit records.
    fn action(&self) -> &'static str;

    /// How many rows there are.
    async fn count(&self, conn: &mut PgConnection, wanted: &Wanted) -> Result<i64, Problem>;

    /// At most `limit` rows behind `after`, as the list would show them to a caller whose permission is held there.
    async fn rows(
        &self,
        conn: &mut PgConnection,
        wanted: &Wanted,
        reach: Reach,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Rows, Problem>;

    /// How many consents to show the organisation something have been withdrawn. It never falls, and as long as it is the
    /// same no person has withdrawn what a file shows. 0 for lists that need no consent.
    async fn withdrawals(
        &self,
        conn: &mut PgConnection,
        organisation_id: Uuid,
    ) -> Result<i64, Problem>;
}
