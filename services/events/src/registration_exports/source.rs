//! The registrations for an activity as rows: what the list of registrations shows the same audience, by the same
//! function.

use std::sync::Arc;

use async_trait::async_trait;
use exports::{Cell, Kind, Rows, Source, Title, Wanted};
use kit::{
    access::Reach,
    crypto::Keys,
    errors::{Problem, Result},
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Column, Filter, rules};
use crate::{
    Context,
    activities::rpc::Audience,
    registrations::{self, Registration, State, store},
};

/// The exports of registrations of a database.
pub fn exports(context: &Context, files: files::Store) -> exports::Exports {
    let source = Registrants {
        keys: context.keys.clone(),
    };
    exports::Exports::new(
        context.db.clone(),
        context.keys.clone(),
        context.clock.clone(),
        files,
        Arc::new(source),
    )
}

/// The registrations for an activity.
struct Registrants {
    /// For sealed names.
    keys: Keys,
}

fn activity(wanted: &Wanted) -> Result<Uuid> {
    wanted
        .activity_id
        .ok_or_else(|| Problem::internal(anyhow::anyhow!("an export of no activity")))
}

fn wanted_state(wanted: &Wanted) -> Result<Option<State>> {
    let filter: Filter = serde_json::from_value(wanted.filter.clone())
        .map_err(|error| Problem::internal(anyhow::Error::from(error)))?;
    registrations::wire::state("state", filter.state)
}

#[async_trait]
impl Source for Registrants {
    fn kind(&self) -> Kind {
        Kind::Registrations
    }

    fn name(&self) -> Title {
        Title {
            zh: "报名名单",
            en: "registrations",
        }
    }

    fn columns(&self) -> &'static [exports::Column] {
        &rules::COLUMNS
    }

    fn permission(&self) -> &'static str {
        "registrations.export"
    }

    fn action(&self) -> &'static str {
        "cast.events.v1.RegistrationExports/CreateRegistrationExport"
    }

    async fn count(&self, conn: &mut PgConnection, wanted: &Wanted) -> Result<i64> {
        Ok(store::count(conn, activity(wanted)?, wanted_state(wanted)?).await?)
    }

    async fn rows(
        &self,
        conn: &mut PgConnection,
        wanted: &Wanted,
        reach: Reach,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Rows> {
        let after = after.and_then(|key| key.parse().ok()).unwrap_or(0);
        let state = wanted_state(wanted)?;
        let found = store::of_activity(conn, activity(wanted)?, state, after, limit).await?;
        let full = i64::try_from(found.len()).is_ok_and(|count| count == limit);
        let next = found
            .last()
            .filter(|_| full)
            .map(|last| last.ordinal.to_string());
        let audience = match reach {
            Reach::There => Audience::Organiser,
            Reach::FromAbove => Audience::Above,
        };
        let rows = found
            .into_iter()
            .map(|registration| self.row(registration, audience, wanted));
        Ok(Rows {
            rows: rows.collect::<Result<_>>()?,
            next,
        })
    }

    /// The organiser receives names to prepare the activity (PIPL art. 13 (2)), without a consent that could be withdrawn.
    async fn withdrawals(&self, _: &mut PgConnection, _: Uuid) -> Result<i64> {
        Ok(0)
    }
}

impl Registrants {
    fn row(
        &self,
        registration: Registration,
        audience: Audience,
        wanted: &Wanted,
    ) -> Result<Vec<Cell>> {
        let (state, created_at, checked_in_at) = (
            registration.state,
            registration.created_at,
            registration.checked_in_at,
        );
        let shown = registrations::wire::registration(&self.keys, registration, audience)?;
        Ok(Column::ALL
            .iter()
            .map(|column| match column {
                Column::PersonNumber => Cell::Text(shown.person_number.clone()),
                Column::PersonName => Cell::Text(shown.person_name.clone()),
                Column::State => {
                    Cell::Text(rules::state(state).in_language(wanted.language).to_owned())
                }
                Column::RegisteredAt => Cell::Moment(created_at),
                Column::CheckedInAt => Cell::moment(checked_in_at),
            })
            .collect())
    }
}
