//! PostgreSQL's own benchmark program, on the platform's own server: the performance of the database alone.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use tokio::process::Command;

use super::written::Written;

/// Rows of `pgbench_accounts` per unit of `-s`.
const ROWS_A_UNIT: usize = 100_000;

/// pgbench with a database of its own beside those of the services.
#[derive(Debug)]
pub struct Pgbench {
    program: PathBuf,
    url: String,
}

/// Its transaction.
#[derive(Debug, Clone, Copy)]
pub enum Transaction {
    /// Reads one of the rows by its key: `pgbench -S`.
    Select,
    /// Updates the same row every time.
    UpdateOne,
    /// Updates one of 1,000 rows.
    UpdateOneOf1000,
}

impl Transaction {
    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Select => "pgbench -S",
            Self::UpdateOne => "pgbench, update of one row",
            Self::UpdateOneOf1000 => "pgbench, update of one of 1,000 rows",
        }
    }

    fn script(self) -> Option<&'static str> {
        match self {
            Self::Select => None,
            Self::UpdateOne => {
                Some("update pgbench_branches set bbalance = bbalance + 1 where bid = 1;\n")
            }
            Self::UpdateOneOf1000 => Some(
                "\\set aid random(1, 1000)\nupdate pgbench_accounts set abalance = abalance + 1 where aid = :aid;\n",
            ),
        }
    }
}

impl Pgbench {
    /// Creates its database, with at least this many rows, if it does not exist, and returns how fast. `server` is the
    /// URL of any database of the server.
    pub async fn prepare(server: &str, rows: usize) -> Result<(Self, Option<Written>)> {
        let binaries = platform::postgres_binaries(None)?;
        let program = binaries.join("pgbench");
        if !program.is_file() {
            bail!(
                "{} is missing: install PostgreSQL's contrib package",
                program.display()
            );
        }
        let mut url = url::Url::parse(server).context("the PostgreSQL address cannot be read")?;
        url.set_path("/pgbench");
        let this = Self {
            program,
            url: url.to_string(),
        };
        let units = rows.div_ceil(ROWS_A_UNIT).max(1);
        let mut written = None;
        if super::database::create(server, "pgbench").await? {
            let begun = Instant::now();
            this.run(&["-i", "-q", "-s", &units.to_string()]).await?;
            written = Some(Written {
                rows: (units * ROWS_A_UNIT) as i64,
                took: begun.elapsed(),
            });
        }
        Ok((this, written))
    }

    /// Transactions per second with this many clients.
    pub async fn per_second(
        &self,
        transaction: Transaction,
        clients: usize,
        length: Duration,
    ) -> Result<f64> {
        // pgbench counts whole seconds, including opening its connections: on a busy machine one second may not
        // suffice.
        let mut seconds = length.as_secs().max(1);
        loop {
            let per_second = self.attempt(transaction, clients, seconds).await?;
            if per_second > 0.0 || seconds > 60 {
                return Ok(per_second);
            }
            seconds *= 4;
        }
    }

    async fn attempt(&self, transaction: Transaction, clients: usize, seconds: u64) -> Result<f64> {
        let (clients, seconds) = (clients.to_string(), seconds.to_string());
        // Prepared, as the platform's own statements are; without the vacuum before each run.
        let mut arguments = vec!["-n", "-M", "prepared", "-c", &clients, "-T", &seconds];
        let scratch = platform::Scratch::new("pgbench")?;
        let file = scratch.path().join("script.sql");
        let file_name = file.display().to_string();
        match transaction.script() {
            Some(script) => {
                std::fs::write(&file, script)?;
                arguments.extend(["-f", &file_name]);
            }
            None => arguments.push("-S"),
        }
        let said = self.run(&arguments).await?;
        transactions_a_second(&said).with_context(|| format!("pgbench said: {said}"))
    }

    async fn run(&self, arguments: &[&str]) -> Result<String> {
        let output = Command::new(&self.program)
            .args(arguments)
            .arg(&self.url)
            .output()
            .await
            .context("pgbench cannot be started")?;
        if !output.status.success() {
            // Its output does not contain the URL with the password.
            bail!(
                "pgbench failed: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

fn transactions_a_second(said: &str) -> Option<f64> {
    let after = |name: &str| said.lines().find_map(|line| line.strip_prefix(name));
    // Without any transaction, it prints no rate.
    if after("number of transactions actually processed: ") == Some("0") {
        return Some(0.0);
    }
    after("tps = ")?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_transactions_a_second_are_found_in_what_it_says() {
        let said = "latency average = 0.131 ms\ninitial connection time = 8.2 ms\ntps = 61234.5 (without initial connection time)\n";
        assert_eq!(transactions_a_second(said), Some(61234.5));
        let none = "number of transactions actually processed: 0\nnumber of failed transactions: 0 (NaN%)\n";
        assert_eq!(transactions_a_second(none), Some(0.0));
        assert_eq!(transactions_a_second("no such thing"), None);
    }
}
