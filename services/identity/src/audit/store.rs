//! All SQL of the audit trail's viewer.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// A record.
#[derive(Clone, Debug)]
pub struct Row {
    /// UUIDv7: sorts by time.
    pub record_id: Uuid,
    /// UTC.
    pub occurred_at: OffsetDateTime,
    /// Who.
    pub actor: String,
    /// Did what.
    pub action: String,
    /// To what.
    pub subject: String,
    /// With what outcome.
    pub outcome: String,
    /// From where.
    pub origin: String,
}

/// The headquarters: the organisation with none above it. `None` until it is known here.
pub async fn headquarters(conn: &mut PgConnection) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("select organisation_id from access.organisations where parent_id is null order by path limit 1")
        .fetch_optional(conn)
        .await
}

/// Records by actor and subject (empty: any), the newest first, behind `after`.
pub async fn list(
    conn: &mut PgConnection,
    actor: &str,
    subject: &str,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        "select record_id, occurred_at, actor, action, subject, outcome, origin from audit.records
         where ($1 = '' or actor = $1) and ($2 = '' or subject = $2) and ($3::uuid is null or record_id < $3)
         order by record_id desc limit $4",
        actor,
        subject,
        after,
        limit
    )
    .fetch_all(conn)
    .await
}
