//! Verifies the integrity of a log.

use sqlx::PgConnection;

/// What is wrong with a log.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// The positions are not 1, 2, 3 … head.
    #[error("the log has {count} events from {first} to {last}, but its head is {head}")]
    Gap {
        /// Number of events.
        count: i64,
        /// Lowest position, 0 if there is none.
        first: i64,
        /// Highest position, 0 if there is none.
        last: i64,
        /// The head that the relay has recorded.
        head: i64,
    },
    /// An event is in the outbox and in the log.
    #[error("{0} events are in the outbox although they are in the log")]
    Twice(i64),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Checks the log of this database and returns its head. Reads the whole log: for tests, audits and restores, not for
/// readiness probes.
pub async fn verify(conn: &mut PgConnection) -> Result<i64, Broken> {
    // One statement, one snapshot. Positions are unique, so count = head, first = 1 and last = head exclude a gap.
    let found = sqlx::query!(
        r#"select (select head from eventlog.relay) as "head!", count(*) as "count!",
                  coalesce(min(position), 0) as "first!", coalesce(max(position), 0) as "last!",
                  (select count(*) from eventlog.outbox join eventlog.event_log using (id)) as "twice!"
           from eventlog.event_log"#
    )
    .fetch_one(conn)
    .await?;
    let (head, count, first, last) = (found.head, found.count, found.first, found.last);
    if count != head || last != head || first != head.min(1) {
        return Err(Broken::Gap {
            count,
            first,
            last,
            head,
        });
    }
    if found.twice != 0 {
        return Err(Broken::Twice(found.twice));
    }
    Ok(head)
}
