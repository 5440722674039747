//! Memberships as records that papers are about.

use std::sync::Arc;

use kit::{clock::Clock, crypto::Keys, db::Db, errors::Result};
use papers::{Kind, Papers, Record, Source, Standing};
use renderers::Renderer;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{NotInForce, rules, store};
use crate::sealed;

/// The certificates of a database. `public_url` is the address of the platform.
pub(crate) async fn papers(
    of: (&Db, &Keys, &Clock),
    renderer: Renderer,
    public_url: &str,
) -> anyhow::Result<Papers> {
    let source = Certified { keys: of.1.clone() };
    Papers::load(of, Arc::new(source), renderer, public_url).await
}

/// Memberships.
struct Certified {
    /// For sealed names.
    keys: Keys,
}

#[async_trait::async_trait]
impl Source for Certified {
    fn kind(&self) -> Kind {
        Kind::Membership
    }

    fn template(&self) -> (&'static str, i32) {
        ("membership", 1)
    }

    fn permission(&self) -> &'static str {
        "members.read"
    }

    async fn record(
        &self,
        conn: &mut PgConnection,
        membership_id: Uuid,
        lock: bool,
    ) -> Result<Option<Record>> {
        if lock {
            store::lock(conn, membership_id).await?;
        }
        let Some(row) = store::get(conn, membership_id).await? else {
            return Ok(None);
        };
        let name = sealed::NAME.open(&self.keys, row.person_id, &row.name_sealed)?;
        Ok(Some(Record {
            person_id: row.person_id,
            organisation_id: row.organisation_id,
            organisation_code: row.organisation_code,
            issuer: row.organisation_name,
            holder: Some(name),
            facts: rules::facts(&row.member_number, row.category, row.joined_on),
            standing: match rules::revoked(row.state) {
                None => Standing::Holds,
                Some(reason) => Standing::Revoked {
                    reason,
                    since: row.changed_at,
                    refusal: Box::new(NotInForce.into()),
                },
            },
        }))
    }
}
