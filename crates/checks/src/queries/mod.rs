//! PostgreSQL's description of the queries in the code.
//!
//! Every crate with SQL has a `sqlx.toml` that names the variable with its database, and a folder `.sqlx` with one file
//! for each query: its columns, types and parameters. The code compiles from these files without a database. `cast
//! queries` writes them, `cast test` checks them against PostgreSQL.

pub mod check;
pub mod record;

use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use anyhow::{Context as _, Result};
use serde::Deserialize;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection};

/// The crates that bring tables into the database of every service, in the order of their migrations.
const SHARED: [&str; 3] = ["crates/eventlog", "crates/jobs", "crates/kit"];

/// A crate with queries.
#[derive(Debug)]
pub struct Source {
    /// The Cargo package.
    pub package: String,
    /// Its folder.
    pub folder: PathBuf,
    /// The variable with the URL of the database for its queries.
    pub variable: String,
}

#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    common: Common,
    #[serde(default)]
    migrate: Migrate,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Common {
    database_url_var: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Migrate {
    #[serde(default)]
    create_schemas: Vec<String>,
}

impl Source {
    /// Every crate with queries, in dependency order.
    pub fn all() -> Result<Vec<Self>> {
        let root = platform::workspace();
        let mut folders = SHARED.map(|folder| root.join(folder)).to_vec();
        for parent in ["crates", "services"] {
            let parent = root.join(parent);
            let entries = std::fs::read_dir(&parent)
                .with_context(|| format!("cannot read {}", parent.display()))?;
            let mut inside: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
            inside.sort();
            inside.retain(|folder| !folders.contains(folder));
            folders.extend(inside);
        }
        let mut sources = Vec::new();
        for folder in folders {
            let Some(config) = config(&folder)? else {
                continue;
            };
            let (Some(variable), Some(name)) = (config.common.database_url_var, folder.file_name())
            else {
                continue;
            };
            sources.push(Self {
                package: name.to_string_lossy().into_owned(),
                variable,
                folder,
            });
        }
        Ok(sources)
    }

    /// The directory of its query data.
    pub fn data(&self) -> PathBuf {
        self.folder.join(".sqlx")
    }

    /// The crates whose migrations make up its database, in order: its dependencies, then itself.
    fn migrations(&self) -> Vec<PathBuf> {
        let root = platform::workspace();
        let mut folders: Vec<PathBuf> = SHARED
            .iter()
            .map(|folder| root.join(folder))
            .take_while(|folder| *folder != self.folder)
            .collect();
        folders.push(self.folder.clone());
        folders
    }

    /// Creates its database on the server and migrates it. Returns the URL.
    pub async fn database(&self, server: &str) -> Result<String> {
        let options = PgConnectOptions::from_str(server)?.disable_statement_logging();
        let name = format!("queries_{}", self.package);
        let mut connection = PgConnection::connect_with(&options).await?;
        for statement in [
            format!(r#"drop database if exists "{name}" with (force)"#),
            format!(r#"create database "{name}""#),
        ] {
            // The name is a folder name, not input.
            sqlx::raw_sql(AssertSqlSafe(statement))
                .execute(&mut connection)
                .await?;
        }
        connection.close().await?;

        let options = options.database(&name);
        let mut connection = PgConnection::connect_with(&options).await?;
        for folder in self.migrations() {
            for schema in config(&folder)?.map_or_else(Vec::new, |c| c.migrate.create_schemas) {
                let create = format!(r#"create schema if not exists "{schema}""#);
                sqlx::raw_sql(AssertSqlSafe(create))
                    .execute(&mut connection)
                    .await?;
            }
            for migration in files(&folder.join("migrations"), "sql")? {
                let text = std::fs::read_to_string(&migration)?;
                sqlx::raw_sql(AssertSqlSafe(text))
                    .execute(&mut connection)
                    .await
                    .with_context(|| format!("{} fails", migration.display()))?;
            }
        }
        connection.close().await?;
        Ok(options.to_url_lossy().to_string())
    }
}

fn config(folder: &Path) -> Result<Option<Config>> {
    let file = folder.join("sqlx.toml");
    if !file.exists() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&file)?;
    let config = toml::from_str(&text).with_context(|| format!("{} is damaged", file.display()))?;
    Ok(Some(config))
}

/// The files of a kind in a folder, sorted by name; none if the folder does not exist.
fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", folder.display()));
        }
    };
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|found| found == extension));
    files.sort();
    Ok(files)
}
