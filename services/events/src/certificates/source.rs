//! Registrations as records that papers are about.

use std::sync::Arc;

use kit::{
    clock::{Clock, business_date},
    crypto::Keys,
    errors::Result,
};
use papers::{Fact, Kind, Papers, Reason, Record, Source, Standing};
use renderers::Renderer;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    Refused,
    rules::{self, Attendance},
    store::{self, Row},
};
use crate::{Context, registrations::PERSON_NAME};

/// The certificates of a database. `public_url` is the address of the platform.
pub async fn papers(
    context: &Context,
    renderer: Renderer,
    public_url: &str,
) -> anyhow::Result<Papers> {
    let Context { db, keys, clock } = context;
    let source = Certified {
        keys: keys.clone(),
        clock: clock.clone(),
    };
    Papers::load((db, keys, clock), Arc::new(source), renderer, public_url).await
}

/// Registrations.
struct Certified {
    /// For sealed names.
    keys: Keys,
    /// Whether an activity has ended.
    clock: Clock,
}

#[async_trait::async_trait]
impl Source for Certified {
    fn kind(&self) -> Kind {
        Kind::Attendance
    }

    fn template(&self) -> (&'static str, i32) {
        ("attendance", 1)
    }

    fn permission(&self) -> &'static str {
        "registrations.read"
    }

    async fn record(
        &self,
        conn: &mut PgConnection,
        registration_id: Uuid,
        lock: bool,
    ) -> Result<Option<Record>> {
        if lock {
            store::lock(conn, registration_id).await?;
        }
        let Some(row) = store::get(conn, registration_id).await? else {
            return Ok(None);
        };
        let holder = match &row.person_name {
            Some(sealed) => Some(PERSON_NAME.open(&self.keys, registration_id, sealed)?),
            None => None,
        };
        let facts = facts(&row);
        let attendance = Attendance {
            state: row.state,
            activity: row.activity_state,
            ends_at: row.ends_at,
            cancelled_at: row.cancelled_at,
        };
        Ok(Some(Record {
            person_id: row.person_id,
            organisation_id: row.organisation_id,
            organisation_code: row.organisation_code,
            issuer: row.organisation_name,
            holder,
            facts,
            standing: match rules::certified(attendance, self.clock.now()) {
                Ok(()) => Standing::Holds,
                Err(refused @ Refused::Cancelled(since)) => Standing::Revoked {
                    reason: Reason::Cancelled,
                    since,
                    refusal: Box::new(refused.into()),
                },
                Err(refused) => Standing::NotYet(Box::new(refused.into())),
            },
        }))
    }
}

/// What the certificate says, in the order in which a verification shows it.
fn facts(row: &Row) -> Vec<(&'static str, Fact)> {
    let (first, last) = (business_date(row.starts_at), business_date(row.ends_at));
    vec![
        ("activity", Fact::same(row.title.clone())),
        ("kind", rules::kind(row.kind)),
        ("days", rules::days(first, last)),
        ("place", Fact::same(row.place.clone())),
        ("credit", rules::credit(row.credited_minutes)),
    ]
}
