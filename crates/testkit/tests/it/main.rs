//! Tests of the fixtures.
#![allow(clippy::disallowed_methods, reason = "tests choose")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

static MIGRATIONS: AtomicUsize = AtomicUsize::new(0);

/// What the shared template is made with, counted.
async fn migrate(pool: &sqlx::PgPool) -> Result<(), sqlx::Error> {
    MIGRATIONS.fetch_add(1, Ordering::Relaxed);
    create_table(pool).await
}

async fn create_table(pool: &sqlx::PgPool) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("create table fact (id bigint primary key)")
        .execute(pool)
        .await
        .map(drop)
}

async fn count(pool: &sqlx::PgPool) -> i64 {
    sqlx::query_scalar("select count(*) from fact")
        .fetch_one(pool)
        .await
        .unwrap()
}

#[tokio::test]
async fn every_test_has_a_migrated_database_of_its_own() {
    let (one, two) = tokio::join!(
        testkit::database("fact", migrate),
        testkit::database("fact", migrate)
    );
    sqlx::query("insert into fact values (1)")
        .execute(&one.pool)
        .await
        .unwrap();
    assert_eq!(count(&one.pool).await, 1);
    assert_eq!(count(&two.pool).await, 0);
    assert_eq!(
        MIGRATIONS.load(Ordering::Relaxed),
        1,
        "the template is migrated once"
    );
    assert!(
        one.url.starts_with("postgres://cast@127.0.0.1:"),
        "{}",
        one.url
    );
    let again = sqlx::PgPool::connect(&one.url).await.unwrap();
    assert_eq!(count(&again).await, 1);
}

#[test]
fn the_shared_server_outlives_the_test_that_started_it() {
    // Each in a runtime of its own that ends afterwards, as in tests.
    for _ in 0..2 {
        std::thread::spawn(|| {
            tokio::runtime::Runtime::new().unwrap().block_on(async {
                let database = testkit::database("fact", migrate).await;
                assert_eq!(count(&database.pool).await, 0);
            });
        })
        .join()
        .unwrap();
    }
}

#[tokio::test]
async fn a_dropped_database_is_gone_from_the_server() {
    let observer = testkit::database("fact", migrate).await;
    let doomed = testkit::database("fact", migrate).await;
    let name = doomed
        .url
        .rsplit('/')
        .next()
        .unwrap()
        .split('?')
        .next()
        .unwrap()
        .to_owned();
    let exists = async || -> bool {
        sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
            .bind(&name)
            .fetch_one(&observer.pool)
            .await
            .unwrap()
    };
    assert!(exists().await);
    drop(doomed);
    let start = Instant::now();
    while exists().await {
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "the database was not dropped"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn postgres_keeps_what_was_committed_when_it_is_killed() {
    let server = testkit::private_postgres().await;
    // A pool waits for a server that is down; here only shortly.
    let brief = sqlx::postgres::PgPoolOptions::new().acquire_timeout(Duration::from_secs(1));
    let pool = brief.connect(&server.url("postgres")).await.unwrap();
    create_table(&pool).await.unwrap();
    sqlx::query("insert into fact values (1)")
        .execute(&pool)
        .await
        .unwrap();
    server.kill().await.unwrap();
    assert!(
        sqlx::query("insert into fact values (2)")
            .execute(&pool)
            .await
            .is_err()
    );
    server.start_again().await.unwrap();
    let pool = sqlx::PgPool::connect(&server.url("postgres"))
        .await
        .unwrap();
    assert_eq!(count(&pool).await, 1);
    server.restart().await.unwrap();
    let pool = sqlx::PgPool::connect(&server.url("postgres"))
        .await
        .unwrap();
    assert_eq!(count(&pool).await, 1);
}

#[tokio::test]
async fn nats_keeps_its_streams_over_a_restart_and_loses_them_when_wiped() {
    let nats = testkit::nats().await;
    let home = nats.log().parent().unwrap().to_owned();
    let get = async || {
        let client = async_nats::connect(nats.url()).await.unwrap();
        async_nats::jetstream::new(client)
            .get_stream("FACTS")
            .await
            .is_ok()
    };
    let client = async_nats::connect(nats.url()).await.unwrap();
    let config = async_nats::jetstream::stream::Config {
        name: "FACTS".into(),
        ..Default::default()
    };
    async_nats::jetstream::new(client.clone())
        .create_stream(config)
        .await
        .unwrap();
    drop(client);
    assert!(get().await);
    nats.stop().await.unwrap();
    assert!(async_nats::connect(nats.url()).await.is_err());
    nats.start_again().await.unwrap();
    assert!(get().await);
    nats.wipe().await.unwrap();
    assert!(!get().await);
    drop(nats);
    let start = Instant::now();
    while home.exists() {
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "the directory was not removed"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[test]
fn servers_and_their_data_are_gone_when_the_process_is_killed() {
    // The same test program, started again to hold servers until it is killed.
    const HOLD: &str = "CAST_TESTKIT_HOLD";
    if std::env::var_os(HOLD).is_some() {
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let (postgres, nats) = tokio::join!(testkit::private_postgres(), testkit::nats());
            let file = std::env::var(HOLD).unwrap();
            let told = format!(
                "{}\n{}\n",
                postgres.home().display(),
                nats.log().parent().unwrap().display()
            );
            std::fs::write(
                &file,
                format!("{told}{}\n{}\n", postgres.port(), nats.port()),
            )
            .unwrap();
            std::future::pending::<()>().await;
        });
    }
    let scratch = testkit::Scratch::new("hold").unwrap();
    let file = scratch.path().join("told");
    let mut holder = std::process::Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "servers_and_their_data_are_gone_when_the_process_is_killed",
        ])
        .env(HOLD, &file)
        .spawn()
        .unwrap();
    let wait = |what: &str, done: &dyn Fn() -> bool| {
        let start = Instant::now();
        while !done() {
            assert!(start.elapsed() < Duration::from_secs(60), "{what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    let told = || std::fs::read_to_string(&file).unwrap_or_default();
    wait("the servers started", &|| told().lines().count() == 4);
    let told = told();
    let told: Vec<&str> = told.lines().collect();
    let listens = |port: &str| std::net::TcpStream::connect(format!("127.0.0.1:{port}")).is_ok();
    assert!(listens(told[2]) && listens(told[3]));
    holder.kill().unwrap();
    holder.wait().unwrap();
    wait("the servers ended", &|| {
        !listens(told[2]) && !listens(told[3])
    });
    wait("the data is gone", &|| {
        !told[..2]
            .iter()
            .any(|path| std::path::Path::new(path).exists())
    });
}
