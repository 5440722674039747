//! Migrating a database.

use sqlx::{
    PgPool,
    migrate::{Migration, MigrationType, Migrator},
};

use crate::world;

async fn empty() -> testkit::Database {
    testkit::database("kit-empty", async |_: &PgPool| {
        Ok::<(), std::convert::Infallible>(())
    })
    .await
}

/// A slow migration of a service that cannot be applied twice.
fn slow() -> Migrator {
    let sql =
        sqlx::AssertSqlSafe("select pg_sleep(0.3); create table thing (id int)").into_sql_str();
    Migrator::with_migrations(vec![Migration::new(
        1,
        "thing".into(),
        MigrationType::Simple,
        sql,
        false,
    )])
}

use sqlx::SqlSafeStr as _;

#[tokio::test]
async fn two_replicas_may_migrate_at_once() {
    let database = empty().await;
    let (one, other) = (slow(), slow());
    let both = tokio::join!(
        kit::lifecycle::migrate(&database.pool, &one),
        kit::lifecycle::migrate(&database.pool, &other),
    );
    both.0.unwrap();
    both.1.unwrap();
    assert_eq!(
        kit::lifecycle::pending(&database.pool, &[], &slow())
            .await
            .unwrap(),
        0
    );
    let applied: i64 = sqlx::query_scalar("select count(*) from kit._sqlx_migrations")
        .fetch_one(&database.pool)
        .await
        .unwrap();
    assert_eq!(applied, 1);
}

#[tokio::test]
async fn what_is_still_to_be_applied_is_counted() {
    let database = empty().await;
    assert_eq!(
        kit::lifecycle::pending(&database.pool, &[], &slow())
            .await
            .unwrap(),
        4,
        "two of jobs, chassis, service"
    );
    kit::lifecycle::migrate(&database.pool, &world::empty_migrator())
        .await
        .unwrap();
    assert_eq!(
        kit::lifecycle::pending(&database.pool, &[], &slow())
            .await
            .unwrap(),
        1
    );
}
