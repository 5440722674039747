//! Runs `invariants.sql`, after every scenario and wherever else a test calls it.

use sqlx::{AssertSqlSafe, PgPool};

/// Panics with the first invariant that a row violates.
pub async fn check(pool: &PgPool) {
    let statements: Vec<&str> = membership::INVARIANTS
        .split(";\n")
        .filter(|s| s.contains("select"))
        .collect();
    assert!(statements.len() >= 17, "{} invariants", statements.len());
    for statement in statements {
        let what = meaning(statement);
        let count = format!("select count(*) from (\n{statement}\n) as violations");
        let violations: i64 = sqlx::query_scalar(AssertSqlSafe(count))
            .fetch_one(pool)
            .await
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(violations, 0, "violated: {what}");
    }
}

/// The comment line right above the statement.
fn meaning(statement: &str) -> &str {
    statement
        .lines()
        .rfind(|line| line.starts_with("-- "))
        .expect("each says what it means")
}

/// Which invariants are violated.
async fn violated(pool: &PgPool) -> Vec<String> {
    let mut found = Vec::new();
    for statement in membership::INVARIANTS
        .split(";\n")
        .filter(|s| s.contains("select"))
    {
        let count = format!("select count(*) from (\n{statement}\n) as violations");
        let violations: i64 = sqlx::query_scalar(AssertSqlSafe(count))
            .fetch_one(pool)
            .await
            .unwrap();
        if violations > 0 {
            found.push(meaning(statement).to_owned());
        }
    }
    found
}

#[tokio::test]
async fn a_damaged_database_violates_the_invariants() {
    let world = crate::world::World::new().await;
    let member = world.member(&world.person("王芳")).await;
    check(world.pool()).await;
    let damages = [
        (
            "update number_ranges set last = 0",
            "-- a member number begins like",
        ),
        (
            "update memberships set category = 'SENIOR'",
            "-- every membership has the application",
        ),
        (
            "update memberships set state = 'SUSPENDED'",
            "-- the history of a membership",
        ),
        (
            "update applications set state = 'REJECTED', reason_sealed = ''",
            "-- every membership has the application",
        ),
        (
            "update applications set entered = 2",
            "-- an application has been in the states",
        ),
        (
            "update organisations set path = '/x/' || organisation_id || '/' where code = 'A-01'",
            "-- a path leads",
        ),
        (
            "update access.organisations set name = 'x' where code = 'A-01'",
            "-- the access copy says",
        ),
        (
            "delete from eventlog.outbox where event_type = 'MembershipActivated'",
            "-- the events say",
        ),
        (
            "delete from number_ranges where prefix = 'A01'",
            "-- an organisation that takes applications",
        ),
    ];
    for (damage, expected) in damages {
        let mut conn = world.pool().acquire().await.unwrap();
        sqlx::raw_sql("begin").execute(&mut *conn).await.unwrap();
        sqlx::query(damage).execute(&mut *conn).await.unwrap();
        sqlx::raw_sql("commit").execute(&mut *conn).await.unwrap();
        let found = violated(world.pool()).await;
        assert!(
            found.iter().any(|what| what.starts_with(expected)),
            "{damage}: {found:?}"
        );
    }
    assert!(!member.membership_id.is_empty());
}
