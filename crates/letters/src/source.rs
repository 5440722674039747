//! What a service says of the people it writes to.

use async_trait::async_trait;
use kit::notices::Notice;
use sqlx::PgConnection;
use uuid::Uuid;

/// Whose people a letter is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The organisation that writes.
    pub organisation_id: Uuid,
    /// The activity, of a letter to registrants.
    pub activity_id: Option<Uuid>,
}

impl Owner {
    /// The activity, or the organisation.
    pub fn id(self) -> Uuid {
        self.activity_id.unwrap_or(self.organisation_id)
    }
}

/// A person is among the people of this organisation or activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Belongs {
    /// The activity, or the organisation.
    pub owner_id: Uuid,
    /// In which group.
    pub group: &'static str,
}

/// The people to whom a service sends letters.
#[async_trait]
pub trait Source: Send + Sync {
    /// What those who write need on the organisation.
    fn permission(&self) -> &'static str;

    /// How many are in these groups; no groups means all.
    async fn count(
        &self,
        conn: &mut PgConnection,
        owner: Owner,
        groups: &[String],
    ) -> Result<i64, sqlx::Error>;

    /// The next of them behind a key, with their keys, in the order of the keys.
    async fn next(
        &self,
        conn: &mut PgConnection,
        owner: Owner,
        groups: &[String],
        after: Option<&str>,
        limit: i64,
    ) -> Result<Vec<(String, Uuid)>, sqlx::Error>;

    /// To whom a person belongs.
    async fn belongs(
        &self,
        conn: &mut PgConnection,
        person_id: Uuid,
    ) -> Result<Vec<Belongs>, sqlx::Error>;

    /// What people are told of a letter.
    fn notice(&self, people: &[Uuid], letter_id: Uuid, sender: &str) -> Notice;
}
