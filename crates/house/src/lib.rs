//! Checks the source tree against the rules in `docs/architecture.md`.
//!
//! | module | rule |
//! |---|---|
//! | [`sql`] | SQL of a service is only in `store.rs` or `store/` |
//! | [`pure`] | `rules.rs` uses no clock, randomness, database or network |
//! | [`services`] | no service depends on another, and none but the gateway on the whole contract |
//! | [`words`] | no word returns that was given up |
//! | [`circles`] | no dependency cycles between files of a crate or modules of a service |
//!
//! Code under `#[cfg(test)]` is exempt. Files are parsed with `syn`; names are followed through `pub use` to the file that defines them.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests choose"))]
#![allow(clippy::missing_errors_doc)]

pub mod circles;
mod finding;
pub mod pure;
pub mod services;
mod source;
pub mod sql;
pub mod words;

use std::path::Path;

pub use finding::Finding;
pub use source::{Crate, Module};

/// The checked files and the violations.
#[derive(Debug, Default)]
pub struct Report {
    /// Source files read.
    pub files: usize,
    /// Violations, by place.
    pub findings: Vec<Finding>,
}

/// Checks the source tree at `root`.
pub fn check(root: &Path) -> anyhow::Result<Report> {
    let mut report = Report::default();
    let services = source::crates(root, "services")?;
    let libraries = source::crates(root, "crates")?;
    report.findings.extend(services::check(&services));
    report
        .findings
        .extend(services::whole_contract(&services, &libraries));
    for service in &services {
        report.findings.extend(sql::check(service));
        report.findings.extend(pure::check(service));
        report.findings.extend(circles::of_modules(service));
    }
    for one in services.iter().chain(&libraries) {
        report.findings.extend(circles::of_files(one));
        report.files += one.modules.len();
    }
    report.findings.extend(words::check(root)?);
    report.findings.sort();
    Ok(report)
}
