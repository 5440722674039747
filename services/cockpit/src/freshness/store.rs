//! The SQL of freshness.

use sqlx::PgConnection;

use super::Freshness;
use crate::facts::CONSUMER;

/// How far each of these services was followed, in their order. Read it in the transaction that reads the numbers, and it is
/// exactly what they are made of.
pub async fn read(
    conn: &mut PgConnection,
    sources: &[&str],
) -> Result<Vec<Freshness>, sqlx::Error> {
    sqlx::query_as!(
        Freshness,
        r#"select asked.source as "source!", coalesce(c.position, 0) as "applied_position!",
                  (select l.occurred_at
                   from last_facts l join generations g using (generation)
                   where g.state = 'serving' and l.source = asked.source) as last_fact_at,
                  (select count(*)
                   from eventlog.quarantine q
                   where q.consumer = $1 and q.source = asked.source) as "quarantined!"
           from unnest($2::text[]) with ordinality as asked (source, place)
           left join eventlog.checkpoint c on c.consumer = $1 and c.source = asked.source
           order by asked.place"#,
        CONSUMER,
        sources as &[&str]
    )
    .fetch_all(conn)
    .await
}
