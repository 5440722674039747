//! A migrated database for each test, copied from a template.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError, mpsc};

use platform::Postgres;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, PgPool};
use tokio::sync::OnceCell;

/// The database of a test: migrated, otherwise empty, dropped with the value.
#[derive(Debug)]
pub struct Database {
    /// At most ten connections. Open another on `url` when a test needs more.
    pub pool: PgPool,
    /// The URL, for code that connects by itself.
    pub url: String,
    name: String,
}

/// A fresh database, migrated by `migrate`. `name` identifies `migrate`: in one test process it runs once for each
/// name, on a template, and every call gets a copy of that template (some 30 ms).
///
/// The server is the one in `CAST_TEST_DATABASE_URL` (`./cast test` starts one for all test programs), or else one
/// server for this test program.
pub async fn database<E: Debug>(
    name: &'static str,
    migrate: impl AsyncFnOnce(&PgPool) -> Result<(), E>,
) -> Database {
    let server = Server::shared().await;
    let template = template(server, name, migrate).await;
    let name = unique(name);
    server
        .execute(&format!(
            r#"create database "{name}" template "{template}""#
        ))
        .await;
    let url = server.url(&name);
    Database {
        pool: server.pool(&name, 10),
        url,
        name,
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        REAPER.drop_database(&self.name);
    }
}

/// The templates of this process. Each is made by the first test that needs it; if that test dies meanwhile, the next
/// makes it.
async fn template<E: Debug>(
    server: &Server,
    name: &'static str,
    migrate: impl AsyncFnOnce(&PgPool) -> Result<(), E>,
) -> String {
    type ByName = HashMap<&'static str, Arc<OnceCell<String>>>;
    static TEMPLATES: LazyLock<Mutex<ByName>> = LazyLock::new(Mutex::default);
    let cell = TEMPLATES
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .entry(name)
        .or_default()
        .clone();
    let make = async || {
        let template = unique(name);
        server
            .execute(&format!(r#"create database "{template}""#))
            .await;
        let pool = server.pool(&template, 2);
        migrate(&pool)
            .await
            .unwrap_or_else(|error| panic!("the database {name} cannot be migrated: {error:?}"));
        // A database with open connections cannot be copied.
        pool.close().await;
        template
    };
    cell.get_or_init(make).await.clone()
}

/// A name that no other test program or test uses, even on a shared server.
fn unique(name: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    static PROCESS: LazyLock<String> =
        LazyLock::new(|| format!("{:x}_{:04x}", std::process::id(), rand::random::<u16>()));
    format!(
        "test_{name}_{}_{}",
        *PROCESS,
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}

/// The server shared by all tests of this process. It belongs to the process, not to the runtime of one test.
struct Server {
    options: PgConnectOptions,
    /// Keeps the process' own server alive; the kernel ends it together with the process.
    _own: Option<Postgres>,
}

impl Server {
    async fn shared() -> &'static Self {
        static SHARED: OnceCell<Server> = OnceCell::const_new();
        SHARED
            .get_or_init(async || {
                let given = std::env::var("CAST_TEST_DATABASE_URL")
                    .ok()
                    .filter(|url| !url.is_empty());
                let (own, url) = match given {
                    Some(url) => (None, url),
                    None => {
                        let own = Postgres::throwaway()
                            .await
                            .expect("a PostgreSQL server starts");
                        let url = own.url("postgres");
                        (Some(own), url)
                    }
                };
                let options: PgConnectOptions = url
                    .parse()
                    .expect("CAST_TEST_DATABASE_URL is a PostgreSQL address");
                Self {
                    options: options.disable_statement_logging(),
                    _own: own,
                }
            })
            .await
    }

    fn url(&self, database: &str) -> String {
        self.options
            .clone()
            .database(database)
            .to_url_lossy()
            .to_string()
    }

    fn pool(&self, database: &str, connections: u32) -> PgPool {
        PgPoolOptions::new()
            .max_connections(connections)
            .test_before_acquire(false)
            .connect_lazy_with(self.options.clone().database(database))
    }

    /// Runs one statement outside any test database.
    async fn execute(&self, statement: &str) {
        execute(&self.options, statement)
            .await
            .unwrap_or_else(|error| panic!("`{statement}` failed: {error}"));
    }
}

async fn execute(options: &PgConnectOptions, statement: &str) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect_with(options).await?;
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(&mut connection)
        .await?;
    connection.close().await
}

/// Drops databases one after the other, in the background. Remaining ones go with the server.
static REAPER: LazyLock<Reaper> = LazyLock::new(Reaper::start);

struct Reaper {
    names: Mutex<mpsc::Sender<String>>,
}

impl Reaper {
    fn start() -> Self {
        let (names, doomed) = mpsc::channel::<String>();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            for name in doomed {
                runtime.block_on(async {
                    let server = Server::shared().await;
                    // Not worth failing a test that has passed: the server is discarded anyway.
                    let _ = execute(
                        &server.options,
                        &format!(r#"drop database if exists "{name}" with (force)"#),
                    )
                    .await;
                });
            }
        });
        Self {
            names: Mutex::new(names),
        }
    }

    fn drop_database(&self, name: &str) {
        let _ = self
            .names
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .send(name.to_owned());
    }
}
