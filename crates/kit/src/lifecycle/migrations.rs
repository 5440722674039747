//! The schema of a service: event log, jobs, chassis, and its own part.

use anyhow::Context as _;
use sqlx::{
    Connection as _, PgConnection, PgPool,
    migrate::{Migrate as _, Migrator},
};

use super::Service;

static CHASSIS: Migrator = sqlx::migrate!();

/// One lock for all parts, so that two replicas may start at the same time (sqlx locks each part separately). The
/// number is arbitrary.
const LOCK: i64 = 0x6361_7374_6d69_6772;

/// Migrates the database of a service: event log, jobs, chassis, the schemas of its libraries, its own. A concurrent second
/// run waits and finds nothing to do.
pub async fn migrate_service<T: Service>(pool: &PgPool) -> anyhow::Result<()> {
    all(pool, &T::schemas(), &T::migrator()).await
}

/// The same for a service without libraries.
pub async fn migrate(pool: &PgPool, service: &Migrator) -> anyhow::Result<()> {
    all(pool, &[], service).await
}

async fn all(pool: &PgPool, libraries: &[&Migrator], service: &Migrator) -> anyhow::Result<()> {
    // A session lock: released when this connection ends, in any case.
    let mut holder = PgConnection::connect_with(&pool.connect_options()).await?;
    sqlx::query!("select set_config('lock_timeout', '0', false) as lock, set_config('statement_timeout', '0', false) as statement")
        .fetch_one(&mut holder)
        .await?;
    sqlx::query!("select pg_advisory_lock($1)", LOCK)
        .fetch_one(&mut holder)
        .await?;
    let done = async {
        eventlog::migrate(pool)
            .await
            .context("the event log's migrations")?;
        jobs::MIGRATOR
            .run(pool)
            .await
            .context("the jobs' migrations")?;
        CHASSIS.run(pool).await.context("the chassis' migrations")?;
        for library in libraries {
            library.run(pool).await.context("a library's migrations")?;
        }
        service.run(pool).await.context("the service's migrations")
    }
    .await;
    holder.close().await?;
    done
}

/// How many migrations of jobs, chassis, libraries and service have not been applied.
pub async fn pending(
    pool: &PgPool,
    libraries: &[&'static Migrator],
    service: &Migrator,
) -> anyhow::Result<usize> {
    let mut conn = database::acquire(pool).await?;
    let mut missing = 0;
    let shared = [&jobs::MIGRATOR, &CHASSIS];
    for migrator in shared
        .into_iter()
        .chain(libraries.iter().copied())
        .chain([service])
    {
        let applied = match conn.list_applied_migrations(&migrator.table_name).await {
            Ok(applied) => applied,
            // Without the table nothing has been applied.
            Err(sqlx::migrate::MigrateError::Execute(sqlx::Error::Database(_))) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        missing += migrator
            .iter()
            .filter(|wanted| applied.iter().all(|found| found.version != wanted.version))
            .count();
    }
    Ok(missing)
}
