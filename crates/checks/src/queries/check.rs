//! Whether the recorded query data is up to date.

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqlSafeStr as _};

use super::{Source, files};

/// One file of query data.
#[derive(Deserialize)]
struct Recorded {
    query: String,
    describe: Value,
}

/// Describes every recorded query with PostgreSQL. Returns how many there are; an error names those that differ.
pub async fn run(server: &str) -> Result<usize> {
    let mut total = 0;
    let mut wrong = Vec::new();
    for source in Source::all()? {
        let recorded = files(&source.data(), "json")?;
        if recorded.is_empty() {
            continue;
        }
        let url = source.database(server).await?;
        let mut connection = PgConnection::connect(&url).await?;
        for file in recorded {
            total += 1;
            let text = std::fs::read_to_string(&file)?;
            let recorded: Recorded = serde_json::from_str(&text)
                .with_context(|| format!("{} is damaged", file.display()))?;
            if let Err(difference) = compare(&mut connection, &recorded).await {
                wrong.push(format!(
                    "{}: {difference:#}\n{}",
                    source.package, recorded.query
                ));
            }
        }
        connection.close().await?;
    }
    if !wrong.is_empty() {
        bail!(
            "{} of {total} queries are not what is recorded (`./cast queries` records them):\n\n{}",
            wrong.len(),
            wrong.join("\n\n")
        );
    }
    Ok(total)
}

async fn compare(connection: &mut PgConnection, recorded: &Recorded) -> Result<()> {
    let query = AssertSqlSafe(recorded.query.clone()).into_sql_str();
    let described = connection.describe(query).await?;
    let described = serde_json::to_value(&described)?;
    for (part, now) in described.as_object().into_iter().flatten() {
        // sqlx infers from the plan whether a column can be null, and the plan changes with statistics. Where it
        // matters a query declares it (`as "name!"`, `as "name?"`).
        if part == "nullable" {
            continue;
        }
        let before = recorded.describe.get(part).unwrap_or(&Value::Null);
        if before != now {
            bail!("{part} recorded as {before}, PostgreSQL says {now}");
        }
    }
    Ok(())
}
