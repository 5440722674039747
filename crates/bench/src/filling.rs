//! Loading the data for the other scenarios: how fast each service writes its synthetic past, including indexes,
//! constraints, foreign keys and the event log. Baseline: the rows that pgbench loads into its own table with the same
//! PostgreSQL command (COPY), without foreign keys or encryption and with one index created at the end.

use anyhow::Result;

use super::{
    figure::{Figure, readable},
    stage::Stage,
    written::Written,
};

/// The scenario: reports the measurements of the set-up.
pub async fn run(stage: &Stage) -> Result<Vec<Figure>> {
    let plain = stage.pgbench_written.map(Written::per_second);
    let figures = stage.written.iter().map(|(service, written)| {
        let a_person = written.took.as_secs_f64() / stage.plan.scale as f64;
        let figure = Figure::new(
            format!("demo {service} --scale"),
            "rows/s",
            vec![written.per_second()],
        )
        .seen(format!(
            "{} rows in {:.1} s; 10,000,000 people would take {:.1} hours",
            readable(written.rows as f64),
            written.took.as_secs_f64(),
            a_person * 1e7 / 3600.0
        ));
        match plain {
            Some(plain) => figure.beside("pgbench -i", &[plain]),
            None => figure,
        }
    });
    Ok(figures.collect())
}
