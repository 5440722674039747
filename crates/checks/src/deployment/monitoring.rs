//! The expressions of alerts and dashboard must be valid PromQL and use existing metrics.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result};
use platform::workspace;
use serde_json::Value;

use super::manifests::{Manifests, list, python, text};

/// Metrics of Prometheus itself, of CloudNativePG and of its backup plugin.
const OTHERS: [&str; 3] = ["up", "cnpg_", "barman_cloud_"];

/// An expression and its location.
struct Expression {
    place: String,
    promql: String,
}

/// Alerts and dashboard of an overlay; `served` are the metrics of the running services. Returns the problems and the
/// number of expressions.
pub fn problems(
    tools: &Path,
    manifests: &Manifests,
    served: &BTreeSet<String>,
) -> Result<(Vec<String>, usize)> {
    let mut problems = Vec::new();
    let mut expressions = Vec::new();
    for rule in manifests.of("PrometheusRule") {
        for rule in list(&rule["spec"]["groups"])
            .iter()
            .flat_map(|group| list(&group["rules"]))
        {
            let place = format!("the alert {}", text(&rule["alert"]));
            for what in ["summary", "description"] {
                if text(&rule["annotations"][what]).is_empty() {
                    problems.push(format!("{place} has no {what}"));
                }
            }
            expressions.push(Expression {
                place,
                promql: text(&rule["expr"]).to_owned(),
            });
        }
    }
    for map in manifests.of("ConfigMap") {
        let Some(dashboard) = map["data"]["dashboard.json"].as_str() else {
            continue;
        };
        let dashboard: Value =
            serde_json::from_str(dashboard).context("the dashboard is no JSON")?;
        panels(&dashboard, &mut expressions, &mut problems);
    }
    let input: Vec<&str> = expressions
        .iter()
        .map(|expression| expression.promql.as_str())
        .collect();
    let names = python(
        tools,
        &["metrics"],
        serde_json::to_string(&input)?.as_bytes(),
    )?;
    let documented = documented()?;
    for (expression, names) in expressions.iter().zip(list(&names)) {
        for name in list(names).iter().map(text) {
            let base = base(name);
            let known = |set: &BTreeSet<String>| set.contains(name) || set.contains(base);
            let other = OTHERS
                .iter()
                .any(|other| name == *other || other.ends_with('_') && name.starts_with(other));
            if !other && !known(&documented) && !known(served) {
                problems.push(format!("{}: there is no metric {name}", expression.place));
            }
        }
        if list(names).is_empty() {
            problems.push(format!("{}: it looks at no metric", expression.place));
        }
    }
    Ok((problems, expressions.len()))
}

fn panels(within: &Value, expressions: &mut Vec<Expression>, problems: &mut Vec<String>) {
    for panel in list(&within["panels"]) {
        let place = format!("the panel {}", text(&panel["title"]));
        if panel["type"] != "row" && list(&panel["targets"]).is_empty() {
            problems.push(format!("{place} shows nothing"));
        }
        for target in list(&panel["targets"]) {
            // Grafana inserts the interval of the graph.
            let promql = text(&target["expr"]).replace("$__rate_interval", "5m");
            expressions.push(Expression {
                place: place.clone(),
                promql,
            });
        }
        panels(panel, expressions, problems);
    }
}

/// A histogram has three series names.
fn base(name: &str) -> &str {
    let ends = ["_bucket", "_sum", "_count"];
    ends.iter()
        .find_map(|end| name.strip_suffix(end))
        .unwrap_or(name)
}

/// The metrics in the table "What to watch" of docs/operations.md.
fn documented() -> Result<BTreeSet<String>> {
    let file = workspace().join("docs/operations.md");
    if !file.exists() {
        return Ok(BTreeSet::new());
    }
    Ok(names(&std::fs::read_to_string(file)?))
}

/// Names in backticks in table rows.
fn names(document: &str) -> BTreeSet<String> {
    let rows = document.lines().filter(|line| line.starts_with('|'));
    rows.flat_map(|row| row.split('`').skip(1).step_by(2))
        .map(|code| code.split('{').next().unwrap_or_default().to_owned())
        .filter(|name| name.contains('_'))
        .collect()
}

/// The names of the metrics that a `/metrics` page declares.
pub fn declared(page: &str) -> impl Iterator<Item = String> {
    let lines = page.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    lines.filter_map(|line| Some(line.split_whitespace().next()?.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_known_by_pages_and_by_the_table_of_the_documentation() {
        let page = "# HELP a_b x\n# TYPE a_b gauge\na_b 1\n# TYPE c_seconds histogram\n";
        assert!(declared(page).eq(["a_b", "c_seconds"]));
        let document =
            "`not_this`\n| metric | |\n| `cast_x_seconds{source}` and `cast_y` | `plain` |\n";
        assert!(names(document).into_iter().eq(["cast_x_seconds", "cast_y"]));
        assert_eq!(base("c_seconds_bucket"), "c_seconds");
        assert_eq!(base("c_total"), "c_total");
    }
}
