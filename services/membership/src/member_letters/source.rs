//! The members of an organisation as recipients.

use std::sync::Arc;

use async_trait::async_trait;
use kit::{clock::Clock, crypto::Keys, db::Db, notices::Notice};
use letters::{Belongs, Letters, Owner, Source};
use proto_notices::templates::LetterFromOrganisation;
use sqlx::PgConnection;
use uuid::Uuid;

use super::store;

/// The letters of a database.
pub fn letters(db: &Db, keys: &Keys, clock: &Clock) -> Letters {
    Letters::new(db.clone(), keys.clone(), clock.clone(), Arc::new(Members))
}

/// The members of an organisation; their groups are categories.
struct Members;

#[async_trait]
impl Source for Members {
    fn permission(&self) -> &'static str {
        "members.letters"
    }

    async fn count(
        &self,
        conn: &mut PgConnection,
        owner: Owner,
        groups: &[String],
    ) -> Result<i64, sqlx::Error> {
        store::count(conn, owner.organisation_id, groups).await
    }

    async fn next(
        &self,
        conn: &mut PgConnection,
        owner: Owner,
        groups: &[String],
        after: Option<&str>,
        limit: i64,
    ) -> Result<Vec<(String, Uuid)>, sqlx::Error> {
        store::next(conn, owner.organisation_id, groups, after, limit).await
    }

    async fn belongs(
        &self,
        conn: &mut PgConnection,
        person_id: Uuid,
    ) -> Result<Vec<Belongs>, sqlx::Error> {
        let memberships = store::belongs(conn, person_id).await?;
        let belongs = memberships.into_iter().map(|(owner_id, category)| Belongs {
            owner_id,
            group: category.as_str(),
        });
        Ok(belongs.collect())
    }

    fn notice(&self, people: &[Uuid], letter_id: Uuid, sender: &str) -> Notice {
        Notice::to_people(
            people,
            LetterFromOrganisation {
                letter_id,
                organisation_name: sender,
            },
        )
    }
}
