//! Checks on the source tree what `docs/architecture.md` promises about it.
//!
//! | rule | says |
//! |---|---|
//! | [`sql`] | SQL of a service stands in `store.rs` or `store/` |
//! | [`pure`] | `rules.rs` reads no clock, no chance, no database, no network |
//! | [`services`] | no service depends on another |
//! | [`circles`] | no files of a crate need each other in a circle, and no modules of a service do |
//!
//! What is under `#[cfg(test)]` is not looked at. Files are read as Rust (by `syn`), names are followed through `pub use` to the file that defines them.

#![allow(clippy::missing_errors_doc)]

pub mod circles;
mod finding;
pub mod pure;
pub mod services;
mod source;
pub mod sql;

use std::path::Path;

pub use finding::Finding;
pub use source::{Crate, Module};

/// What was looked at, and what was found.
#[derive(Debug, Default)]
pub struct Report {
    /// Source files read.
    pub files: usize,
    /// Broken promises, by place.
    pub findings: Vec<Finding>,
}

/// Checks the source tree at `root`.
pub fn check(root: &Path) -> anyhow::Result<Report> {
    let mut report = Report::default();
    let services = source::crates(root, "services")?;
    let libraries = source::crates(root, "crates")?;
    report.findings.extend(services::check(&services)?);
    for service in &services {
        report.findings.extend(sql::check(service));
        report.findings.extend(pure::check(service));
        report.findings.extend(circles::of_modules(service));
    }
    for one in services.iter().chain(&libraries) {
        report.findings.extend(circles::of_files(one));
        report.files += one.modules.len();
    }
    report.findings.sort();
    Ok(report)
}
