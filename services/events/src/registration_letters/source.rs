//! The registrants of an activity as recipients.

use std::sync::Arc;

use async_trait::async_trait;
use kit::notices::Notice;
use letters::{Belongs, Letters, Owner, Source};
use proto_notices::templates::LetterAboutActivity;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{group, store};
use crate::Context;

/// The letters of a database.
pub fn letters(context: &Context) -> Letters {
    let Context { db, keys, clock } = context.clone();
    Letters::new(db, keys, clock, Arc::new(Registrants))
}

/// The registrants of an activity; their groups are states as they are stored.
struct Registrants;

#[async_trait]
impl Source for Registrants {
    fn permission(&self) -> &'static str {
        "registrations.letters"
    }

    async fn count(
        &self,
        conn: &mut PgConnection,
        owner: Owner,
        groups: &[String],
    ) -> Result<i64, sqlx::Error> {
        store::count(conn, owner.id(), groups).await
    }

    async fn next(
        &self,
        conn: &mut PgConnection,
        owner: Owner,
        groups: &[String],
        after: Option<&str>,
        limit: i64,
    ) -> Result<Vec<(String, Uuid)>, sqlx::Error> {
        let after = after.and_then(|key| key.parse().ok()).unwrap_or(0);
        let next = store::next(conn, owner.id(), groups, after, limit).await?;
        let keyed = next.into_iter().map(|(key, id)| (key.to_string(), id));
        Ok(keyed.collect())
    }

    async fn belongs(
        &self,
        conn: &mut PgConnection,
        person_id: Uuid,
    ) -> Result<Vec<Belongs>, sqlx::Error> {
        let registrations = store::belongs(conn, person_id).await?;
        let belongs = registrations.into_iter().filter_map(|(owner_id, state)| {
            let group = group(state)?;
            Some(Belongs { owner_id, group })
        });
        Ok(belongs.collect())
    }

    fn notice(&self, people: &[Uuid], letter_id: Uuid, sender: &str) -> Notice {
        Notice::to_people(
            people,
            LetterAboutActivity {
                letter_id,
                activity_title: sender,
            },
        )
    }
}
