//! The stored versions: folders in `tests/stored`.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read as _,
    path::{Path, PathBuf},
    process::Command,
};

use flate2::read::GzDecoder;
use serde::Deserialize;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use testkit::{Postgres, Service};

/// What a version has stored.
pub struct Version {
    folder: PathBuf,
}

/// What the platform gave to a member, and must recognise for good.
#[derive(Deserialize)]
pub struct Issued {
    pub address: String,
    pub password: String,
    pub name: String,
    pub person_number: String,
    pub member_number: String,
    pub card: String,
    pub ticket: String,
    pub activity_id: String,
}

impl Version {
    /// All versions, by name.
    pub fn all() -> Vec<Self> {
        let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("stored");
        let entries = std::fs::read_dir(stored).unwrap().flatten();
        let folders: BTreeSet<PathBuf> = entries
            .map(|entry| entry.path())
            .filter(|path| path.is_dir())
            .collect();
        folders.into_iter().map(|folder| Self { folder }).collect()
    }

    pub fn name(&self) -> String {
        self.folder
            .file_name()
            .unwrap()
            .to_string_lossy()
            .into_owned()
    }

    fn read(&self, file: &str) -> String {
        let file = self.folder.join(file);
        std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    }

    fn secrets(&self) -> String {
        self.read("development-only-secrets.json")
    }

    /// Puts the secrets where a platform on this directory keeps its own.
    pub fn copy_secrets(&self, home: &Path) {
        std::fs::write(home.join("secrets.json"), self.secrets()).unwrap();
    }

    /// The data keys of a service.
    pub fn data_keys(&self, service: Service) -> String {
        let secrets: serde_json::Value = serde_json::from_str(&self.secrets()).unwrap();
        let keys = &secrets["data_keys"][service.name()];
        keys.as_str().unwrap().to_owned()
    }

    pub fn issued(&self) -> Issued {
        serde_json::from_str(&self.read("issued.json")).unwrap()
    }

    /// What later versions have changed on purpose: names of tables and columns, one a line behind the service, then why.
    pub fn changes(&self, service: Service) -> BTreeSet<String> {
        let file = self.folder.join("changes.txt");
        if !file.exists() {
            return BTreeSet::new();
        }
        let text = std::fs::read_to_string(file).unwrap();
        let lines = text.lines().filter_map(|line| {
            let mut words = line.split_whitespace();
            (words.next()? == service.name()).then(|| words.next().unwrap().to_owned())
        });
        lines.collect()
    }

    /// Restores the database of a service on this server.
    pub async fn restore(&self, service: Service, postgres: &Postgres) {
        let file = self.folder.join(format!("{service}.sql.gz"));
        let mut dump = String::new();
        let file = std::fs::File::open(&file).unwrap();
        GzDecoder::new(file).read_to_string(&mut dump).unwrap();
        let name = service.database().unwrap();
        execute(
            &postgres.url("postgres"),
            format!(r#"create database "{name}""#),
        )
        .await;
        let lines: Vec<&str> = dump.lines().filter(|line| !for_its_own(line)).collect();
        execute(&postgres.url(name), lines.join("\n")).await;
    }
}

/// Whether only pg_dump's own client, or only a server of its own version, understands a line of a dump.
fn for_its_own(line: &str) -> bool {
    ["\\restrict ", "\\unrestrict ", "SET transaction_timeout"]
        .iter()
        .any(|start| line.starts_with(start))
}

async fn execute(url: &str, statements: String) {
    let mut conn = PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(statements))
        .execute(&mut conn)
        .await
        .unwrap();
    conn.close().await.unwrap();
}

/// Migrates a database with the program of the service, as the platform does before it starts the services.
pub async fn migrate(service: Service, url: &str, home: &Path) {
    let mut settings = BTreeMap::from([
        ("CAST_ENVIRONMENT".to_owned(), "development".to_owned()),
        (
            "CAST_INTERNAL_SECRET".to_owned(),
            "of no use to a migration, which calls no service".to_owned(),
        ),
        (
            "CAST_PUBLIC_URL".to_owned(),
            "http://localhost:8080".to_owned(),
        ),
        ("CAST_DATABASE_URL".to_owned(), url.to_owned()),
        (
            "CAST_MAILBOX_DIR".to_owned(),
            home.to_string_lossy().into_owned(),
        ),
    ]);
    for other in Service::callable() {
        let name = format!("CAST_{}_URL", other.name().to_uppercase());
        settings.insert(name, "http://127.0.0.1:9".to_owned());
    }
    let mut command = Command::new(testkit::program(service));
    command.arg("migrate").envs(settings).current_dir(home);
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap();
    assert!(
        output.status.success(),
        "{service} migrate: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
