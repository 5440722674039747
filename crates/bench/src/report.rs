//! The tables: on the screen, and as a page of the documentation.

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use anyhow::{Context as _, Result};

use super::figure::{Figure, Spread, readable};

/// The results of a scenario, and their circumstances.
#[derive(Debug)]
pub struct Section {
    pub scenario: &'static str,
    pub about: &'static str,
    pub figures: Vec<Figure>,
    /// Date, machine, versions, command line.
    pub circumstances: String,
}

const HEADINGS: [&str; 8] = [
    "figure",
    "unit",
    "median",
    "min",
    "max",
    "beside",
    "its median",
    "ratio",
];

fn cells(figure: &Figure) -> [String; 8] {
    let spread = Spread::of(&figure.rounds);
    let show = |of: fn(Spread) -> f64| spread.map_or(String::new(), |spread| readable(of(spread)));
    let baseline = figure.baseline.as_ref();
    let beside = baseline.and_then(|baseline| Spread::of(&baseline.rounds));
    [
        figure.what.clone(),
        figure.unit.to_owned(),
        show(|spread| spread.median),
        show(|spread| spread.min),
        show(|spread| spread.max),
        baseline.map_or(String::new(), |baseline| baseline.what.clone()),
        beside.map_or(String::new(), |beside| readable(beside.median)),
        figure
            .ratio()
            .map_or(String::new(), |ratio| format!("{ratio:.2}")),
    ]
}

/// For the screen: columns of equal width.
pub fn table(figures: &[Figure]) -> String {
    let mut rows = vec![HEADINGS.map(str::to_owned)];
    rows.extend(figures.iter().map(cells));
    let mut widths = [0; HEADINGS.len()];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for (at, row) in rows.iter().enumerate() {
        let line: Vec<String> = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        let _ = writeln!(text, "  {}", line.join("  ").trim_end());
        if let Some(figure) = at.checked_sub(1).and_then(|at| figures.get(at))
            && !figure.seen.is_empty()
        {
            let _ = writeln!(text, "      {}", figure.seen);
        }
    }
    text
}

fn markdown(section: &Section) -> String {
    let mut text = format!(
        "## {}\n\n{}\n\n{}\n\n",
        section.scenario, section.about, section.circumstances
    );
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    text.push_str(&line(&HEADINGS.map(str::to_owned)));
    text.push_str("|---|---|---:|---:|---:|---|---:|---:|\n");
    for figure in &section.figures {
        text.push_str(&line(&cells(figure).map(|cell| cell.replace('|', "\\|"))));
    }
    text.push('\n');
    for figure in &section.figures {
        if !figure.seen.is_empty() {
            let seen = figure.seen.trim_end_matches('.');
            let _ = writeln!(text, "* **{}**: {seen}.", figure.what);
        }
    }
    text.trim_end().to_owned() + "\n"
}

const PREFACE: &str = "# Benchmarks

Written by `./cast bench`, which builds optimised programs, starts a private platform of them beside PostgreSQL and NATS (one machine,
data written to disk as safely as in production), fills it with synthetic people and measures. `./cast bench NAME` measures
one section again and replaces it here; the others stay as they were, each with the circumstances under which it was measured.

Read the ratios, not the figures. Every figure stands beside a baseline that was measured in the same rounds, one after the other,
so that both met the same machine: the ratio is the median of the ratios of the rounds. The load generator, the services, PostgreSQL and NATS share
the machine's cores. `GET` and other calls are made by a closed loop of callers who call again when they have an answer; latencies at a rate are measured
by an open loop and counted from the moment a call was due. Nothing here is ever asserted by a test.

A machine with more to do than cores (see the load average of each section) makes everything slow that several processes have to do one after the
other, and a baseline of one process less so: ratios measured then are too low. Shares of the processor are of all cores,
while the load of the last round ran: of the programs that the benchmark started, and of everything else on the machine, the kernel's own work included.
";

/// Writes the sections into a page; those of other scenarios are kept. `scenarios` names all, in the order of the page.
pub fn write(page: &Path, scenarios: &[&str], sections: &[Section]) -> Result<()> {
    let old = std::fs::read_to_string(page).unwrap_or_default();
    let text = merged(&old, scenarios, sections);
    std::fs::write(page, text).with_context(|| format!("cannot write {}", page.display()))
}

fn merged(old: &str, scenarios: &[&str], sections: &[Section]) -> String {
    let mut by_name: BTreeMap<&str, String> = old
        .split("\n## ")
        .skip(1)
        .filter_map(|text| Some((text.lines().next()?, format!("## {}\n", text.trim_end()))))
        .collect();
    for section in sections {
        by_name.insert(section.scenario, markdown(section));
    }
    let mut text = PREFACE.to_owned();
    // Sections of removed scenarios are dropped.
    for scenario in scenarios {
        if let Some(section) = by_name.get(scenario) {
            text.push('\n');
            text.push_str(section);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCENARIOS: [&str; 2] = ["reading", "start-up"];

    fn section(scenario: &'static str, value: f64) -> Section {
        Section {
            scenario,
            about: "About it.",
            figures: vec![
                Figure::new("calls", "calls/s", vec![value, 3.0 * value, 2.0 * value])
                    .beside("empty calls", &[2.0 * value, 6.0 * value, 4.0 * value])
                    .seen("p50 1 ms"),
            ],
            circumstances: "On a machine.".to_owned(),
        }
    }

    #[test]
    fn a_row_has_the_figure_its_spread_its_baseline_and_the_ratio() {
        let page = merged("", &SCENARIOS, &[section("reading", 100.0)]);
        assert!(
            page.contains("| calls | calls/s | 200 | 100 | 300 | empty calls | 400 | 0.50 |"),
            "{page}"
        );
        assert!(page.contains("* **calls**: p50 1 ms.\n"), "{page}");
        let screen = table(&section("reading", 100.0).figures);
        assert!(
            screen.contains("0.50") && screen.contains("p50 1 ms"),
            "{screen}"
        );
    }

    #[test]
    fn measuring_one_scenario_again_leaves_the_others_as_they_were() {
        let both = [section("reading", 1.0), section("start-up", 2.0)];
        let first = merged("", &SCENARIOS, &both);
        let second = merged(&first, &SCENARIOS, &[section("reading", 50.0)]);
        assert!(second.contains("| calls | calls/s | 100 | 50.0 | 150 |"));
        let rest = |page: &str| {
            page.split_once("## start-up")
                .map(|(_, rest)| rest.to_owned())
        };
        assert_eq!(rest(&first), rest(&second));
        assert!(rest(&first).is_some());
        assert_eq!(merged(&second, &SCENARIOS, &[]), second);
    }
}
