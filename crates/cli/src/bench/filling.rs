//! Making the data that the other scenarios stand on: how fast each service writes its made-up past, indexes, constraints, foreign keys and
//! the event log included. Beside it, the rows that pgbench loads into its own table by the same command of PostgreSQL (COPY), without
//! foreign keys or encryption and with one index made at the end.

use anyhow::Result;

use super::{
    figure::{Figure, readable},
    stage::Stage,
    written::Written,
};

/// The scenario: reports what the set-up has measured.
pub async fn run(stage: &Stage) -> Result<Vec<Figure>> {
    let plain = stage.pgbench_written.map(Written::per_second);
    let figures = stage.written.iter().map(|(service, written)| {
        let a_person = written.took.as_secs_f64() / stage.plan.scale as f64;
        let figure = Figure::new(
            format!("{service} seed --scale"),
            "rows/s",
            vec![written.per_second()],
        )
        .seen(format!(
            "{} rows in {:.1} s; 10,000,000 people would take {:.1} hours",
            readable(written.rows as f64),
            written.took.as_secs_f64(),
            a_person * 1e7 / 3600.0
        ))
        .bound("PostgreSQL keeps every index and checks every foreign key row by row; one connection, one batch after the other.");
        match plain {
            Some(plain) => figure.beside("pgbench -i", &[plain]),
            None => figure,
        }
    });
    Ok(figures.collect())
}
