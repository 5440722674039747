//! The keys that sign the links of papers, and what the links say.

use kit::{clock::Clock, crypto::Keys, db::Db};
use serde::{Deserialize, Serialize};
use signing::{KeyId, Keyring, Kind, NewKey, Purpose, Store, StoredKey, Typ};
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::store;

/// Papers do not expire: a key verifies until it is retired.
static PURPOSE: Purpose = Purpose {
    name: "papers.key",
    kind: Kind::Ed25519Seed,
    key_id: KeyId::Prefix,
    typ: Typ::Last("cast-paper"),
    visible_for: Duration::hours(1),
    outlives: None,
};

/// The payload of a link. Short, for a code that phones read off paper; no name and no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Claims {
    /// The paper.
    #[serde(rename = "p", with = "signing::short_id")]
    pub paper_id: Uuid,
}

/// Loads the keys; makes the first one if there is none.
pub(crate) async fn load(db: &Db, keys: &Keys, clock: &Clock) -> anyhow::Result<Keyring> {
    Keyring::load(&PURPOSE, PaperKeys, db, keys, clock).await
}

/// The table `papers.keys`.
struct PaperKeys;

#[async_trait::async_trait]
impl Store for PaperKeys {
    async fn keys(&self, conn: &mut PgConnection) -> Result<Vec<StoredKey>, sqlx::Error> {
        store::keys(conn).await
    }

    async fn insert(&self, conn: &mut PgConnection, key: &NewKey) -> Result<(), sqlx::Error> {
        store::insert_key(conn, key).await
    }

    async fn retire(
        &self,
        conn: &mut PgConnection,
        kid: &str,
        now: OffsetDateTime,
    ) -> Result<(), sqlx::Error> {
        store::retire_key(conn, kid, now).await
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use signing::{Invalid, Key, KeySet};

    use super::*;

    fn keys(seed: u8) -> KeySet {
        KeySet::new(vec![Key::read(&PURPOSE, &[seed; 32], None).unwrap()])
    }

    fn token() -> String {
        let paper_id = Uuid::from_u128(7);
        let claims = Claims { paper_id };
        keys(1).sign(&claims, OffsetDateTime::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn a_link_is_short_and_of_one_key_alone() {
        assert!(token().len() < 220, "{}", token().len());
        let paper_id = Uuid::from_u128(7);
        assert_eq!(keys(1).verify(&token()), Ok(Claims { paper_id }));
        assert_eq!(keys(2).verify::<Claims>(&token()), Err(Invalid));
    }

    proptest! {
        #[test]
        fn an_altered_link_is_refused(at in 0..150usize, to in "[A-Za-z0-9_.-]") {
            let token = token();
            let mut altered = token.clone();
            altered.replace_range(at..=at, &to);
            prop_assert_eq!(keys(1).verify::<Claims>(&altered).is_ok(), altered == token);
        }
    }
}
