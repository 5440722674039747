//! The SQL of freshness.

use sqlx::PgConnection;

use super::Freshness;
use crate::facts::CONSUMER;

/// How far the events of each of these services were applied, in their order. Read in the transaction that reads the numbers, it is the
/// exact state they were computed from.
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

/// The state by which changes of an overview are detected: generation, positions, quarantine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    generation: i32,
    positions: i64,
    quarantined: i64,
}

/// The state of the projection.
pub async fn state(conn: &mut PgConnection) -> Result<State, sqlx::Error> {
    sqlx::query_as!(
        State,
        r#"select generation as "generation!",
                  (select coalesce(sum(position), 0)::bigint from eventlog.checkpoint where consumer = $1) as "positions!",
                  (select count(*) from eventlog.quarantine where consumer = $1) as "quarantined!"
           from generations where state = 'serving'"#,
        CONSUMER
    )
    .fetch_one(conn)
    .await
}
