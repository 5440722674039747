//! Generates the enum `Metric` and its definitions from `src/catalogue/metrics.toml`, and refuses an inconsistent catalogue. A metric without
//! a definition therefore does not compile.

use std::{collections::BTreeSet, env, fmt::Write as _, fs, path::PathBuf};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

const CATALOGUE: &str = "src/catalogue/metrics.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalogue {
    metric: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    title_zh: String,
    title_en: String,
    definition_zh: String,
    definition_en: String,
    unit: String,
    kind: Kind,
    source_events: Vec<String>,
    dimensions: Vec<String>,
    formula_zh: String,
    formula_en: String,
    slices: Vec<String>,
    grain: String,
    owner: String,
    since: String,
    version: u32,
    #[serde(default)]
    headline: bool,
    funnel: Option<Step>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
enum Kind {
    #[serde(rename = "stock")]
    Stock,
    #[serde(rename = "flow")]
    Flow,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    step: String,
    title_zh: String,
    title_en: String,
}

fn main() -> Result<()> {
    println!("cargo:rerun-if-changed={CATALOGUE}");
    // The migrations are compiled into the crate.
    println!("cargo:rerun-if-changed=migrations");
    let text = fs::read_to_string(CATALOGUE).context(CATALOGUE)?;
    let catalogue: Catalogue = toml::from_str(&text).context(CATALOGUE)?;
    check(&catalogue.metric)?;
    let target = PathBuf::from(env::var("OUT_DIR")?).join("metrics.rs");
    fs::write(&target, render(&catalogue.metric)?)?;
    Ok(())
}

fn check(entries: &[Entry]) -> Result<()> {
    let mut names = BTreeSet::new();
    let mut steps = BTreeSet::new();
    for e in entries {
        let name = &e.name;
        let lower = |c: char| c.is_ascii_lowercase() || c == '_';
        ensure!(
            name.starts_with(|c: char| c.is_ascii_lowercase())
                && name.chars().all(lower)
                && name.len() <= 60,
            "{name}: a name is snake_case, at most 60 letters"
        );
        ensure!(names.insert(name), "{name} is defined twice");
        for (what, text) in [
            ("title_zh", &e.title_zh),
            ("title_en", &e.title_en),
            ("definition_zh", &e.definition_zh),
            ("definition_en", &e.definition_en),
            ("unit", &e.unit),
            ("formula_zh", &e.formula_zh),
            ("formula_en", &e.formula_en),
            ("grain", &e.grain),
            ("owner", &e.owner),
            ("since", &e.since),
        ] {
            ensure!(!text.trim().is_empty(), "{name}: {what} is empty");
        }
        ensure!(!e.source_events.is_empty(), "{name} comes from no event");
        for event in &e.source_events {
            ensure!(
                event.split('/').count() == 2,
                "{name}: {event} is not <service>/<event>"
            );
        }
        ensure!(
            e.dimensions.first().is_some_and(|d| d == "day"),
            "{name}: the first dimension is `day`"
        );
        ensure!(e.version >= 1, "{name}: versions count from 1");
        ensure!(!e.slices.is_empty(), "{name} has no dimension of slices");
        for dimension in &e.dimensions {
            ensure!(
                ["day", "province", "organisation"].contains(&dimension.as_str()),
                "{name}: unknown dimension {dimension}"
            );
        }
        if let Some(step) = &e.funnel {
            ensure!(
                steps.insert(&step.step),
                "{name}: the step {} stands twice",
                step.step
            );
        }
    }
    ensure!(!entries.is_empty(), "the catalogue is empty");
    Ok(())
}

fn render(entries: &[Entry]) -> Result<String> {
    let mut variants = String::new();
    let mut definitions = String::new();
    for e in entries {
        let variant = camel(&e.name);
        writeln!(variants, "    /// {}\n    {variant},", e.definition_en)?;
        writeln!(
            definitions,
            "    Definition {{ metric: Metric::{variant}, name: {:?}, title_zh: {:?}, title_en: {:?}, definition_zh: {:?}, \
             definition_en: {:?}, unit: {:?}, kind: Kind::{:?}, source_events: &{:?}, dimensions: &{:?}, \
             formula_zh: {:?}, formula_en: {:?}, slices: &{:?}, grain: {:?}, owner: {:?}, since: {:?}, version: {}, \
             headline: {}, funnel: {} }},",
            e.name,
            e.title_zh,
            e.title_en,
            e.definition_zh,
            e.definition_en,
            e.unit,
            e.kind,
            e.source_events,
            e.dimensions,
            e.formula_zh,
            e.formula_en,
            e.slices,
            e.grain,
            e.owner,
            e.since,
            e.version,
            e.headline,
            match &e.funnel {
                Some(s) => format!(
                    "Some(FunnelStep {{ step: {:?}, title_zh: {:?}, title_en: {:?} }})",
                    s.step, s.title_zh, s.title_en
                ),
                None => "None".to_owned(),
            },
        )?;
    }
    Ok(format!(
        "/// One number of the cockpit. In the order of the catalogue.\n\
         #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]\npub enum Metric {{\n{variants}}}\n\n\
         /// Every metric, in the order of the catalogue.\npub static CATALOGUE: &[Definition] = &[\n{definitions}];\n"
    ))
}

/// `people_registered` → `PeopleRegistered`.
fn camel(name: &str) -> String {
    name.split('_')
        .map(|part| {
            let (head, tail) = part.split_at(1.min(part.len()));
            head.to_ascii_uppercase() + tail
        })
        .collect()
}
