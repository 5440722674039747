//! The members of an organisation as rows: what the list of members shows the same audience, by the same function.

use std::sync::Arc;

use async_trait::async_trait;
use exports::{Cell, Kind, Rows, Source, Title, Wanted};
use kit::{
    access::Reach,
    clock::Clock,
    crypto::Keys,
    db::Db,
    errors::{Problem, Result},
    wire::parse_date,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Column, Filter, rules};
use crate::{
    categories::Category,
    consents::{self, audience::Audience},
    memberships::{
        State, read,
        store::{self, Record},
    },
};

/// The exports of members of a database.
pub fn exports(db: &Db, keys: &Keys, clock: &Clock, files: files::Store) -> exports::Exports {
    let source = Members { keys: keys.clone() };
    exports::Exports::new(
        db.clone(),
        keys.clone(),
        clock.clone(),
        files,
        Arc::new(source),
    )
}

/// The members of an organisation.
struct Members {
    /// For sealed names.
    keys: Keys,
}

fn filter(wanted: &Wanted) -> Result<store::Filter<'static>> {
    let filter: Filter = serde_json::from_value(wanted.filter.clone())
        .map_err(|error| Problem::internal(anyhow::Error::from(error)))?;
    Ok(store::Filter {
        state: stored(State::ALL, State::as_str, filter.state),
        category: stored(Category::ALL, Category::as_str, filter.category),
        who: None,
    })
}

fn stored<T: Copy>(
    all: &[T],
    word: impl Fn(T) -> &'static str,
    wanted: Option<String>,
) -> Option<T> {
    let wanted = wanted?;
    all.iter().copied().find(|one| word(*one) == wanted)
}

#[async_trait]
impl Source for Members {
    fn kind(&self) -> Kind {
        Kind::Members
    }

    fn name(&self) -> Title {
        Title {
            zh: "会员名单",
            en: "members",
        }
    }

    fn columns(&self) -> &'static [exports::Column] {
        &rules::COLUMNS
    }

    fn permission(&self) -> &'static str {
        "members.export"
    }

    fn action(&self) -> &'static str {
        "cast.membership.v1.MemberExports/CreateMemberExport"
    }

    async fn count(&self, conn: &mut PgConnection, wanted: &Wanted) -> Result<i64> {
        Ok(store::count(conn, wanted.organisation_id, &filter(wanted)?).await?)
    }

    async fn rows(
        &self,
        conn: &mut PgConnection,
        wanted: &Wanted,
        reach: Reach,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Rows> {
        let records =
            store::of_organisation(conn, wanted.organisation_id, &filter(wanted)?, after, limit)
                .await?;
        let full = i64::try_from(records.len()).is_ok_and(|count| count == limit);
        let next = records
            .last()
            .filter(|_| full)
            .map(|last| last.member_number.clone());
        let audience = Audience::from(reach);
        let rows = records
            .into_iter()
            .map(|record| self.row(record, audience, wanted));
        Ok(Rows {
            rows: rows.collect::<Result<_>>()?,
            next,
        })
    }

    async fn withdrawals(&self, conn: &mut PgConnection, organisation_id: Uuid) -> Result<i64> {
        Ok(consents::store::withdrawn(conn, organisation_id).await?)
    }
}

impl Members {
    fn row(&self, record: Record, audience: Audience, wanted: &Wanted) -> Result<Vec<Cell>> {
        let (state, category) = (record.state, record.category);
        let shown = read::to_wire(record, &self.keys, audience)?;
        let joined_on = parse_date("joined_on", &shown.joined_on)?;
        let words = |title: Title| Cell::Text(title.in_language(wanted.language).to_owned());
        Ok(Column::ALL
            .iter()
            .map(|column| match column {
                Column::MemberNumber => Cell::Text(shown.member_number.clone()),
                Column::PersonNumber => Cell::Text(shown.person_number.clone()),
                Column::MemberName => Cell::Text(shown.member_name.clone()),
                Column::Category => words(rules::category(category)),
                Column::State => words(rules::state(state)),
                Column::JoinedOn => Cell::Day(joined_on),
            })
            .collect())
    }
}
