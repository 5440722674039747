//! The manifests must set only variables that the programs read.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use platform::{DEMO, Service, workspace};

use super::manifests::{Manifests, text};

/// Variables of the platform that no program reads: a misspelt one would be ignored silently.
pub fn problems(manifests: &Manifests) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for pods in manifests.pods() {
        for container in pods
            .containers()
            .filter(|container| container["name"] == "service")
        {
            let command = &container["command"];
            // The program of the demo data has the settings of the service that it fills.
            let service = match text(&command[0]) {
                DEMO => text(&command[1]),
                program => program,
            };
            let known = known(service)?;
            for (variable, _) in manifests.environment(container)? {
                if variable.starts_with("CAST_") && !known.contains(&variable) {
                    problems.push(format!("{}: no setting is called {variable}", pods.title()));
                }
            }
        }
    }
    Ok(problems)
}

/// The variables of the chassis and of the service: the documentation of its settings names each, but the addresses of
/// the services, which follow from their names.
fn known(service: &str) -> Result<BTreeSet<String>> {
    let chassis = workspace().join("crates/kit/src/config/settings.rs");
    let own = workspace().join(format!("services/{service}/src/settings.rs"));
    let mut code = std::fs::read_to_string(&chassis)
        .with_context(|| format!("cannot read {}", chassis.display()))?;
    if own.exists() {
        code += &std::fs::read_to_string(&own)?;
    }
    let mut known = variables(&code);
    known
        .extend(Service::callable().map(|peer| format!("CAST_{}_URL", peer.name().to_uppercase())));
    Ok(known)
}

/// Names between backticks in comments that begin with the prefix.
fn variables(code: &str) -> BTreeSet<String> {
    let comments = code
        .lines()
        .filter_map(|line| line.trim().strip_prefix("///"));
    comments
        .flat_map(|comment| comment.split('`').skip(1).step_by(2))
        .filter(|word| {
            word.starts_with("CAST_")
                && word
                    .chars()
                    .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        })
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_known_by_their_documentation() {
        let code = "/// `CAST_LISTEN`: where; not `CAST_*`, nor CAST_PLAIN.\npub listen: X,\nlet x = \"`CAST_CODE`\";\n/// `CAST_A`, `CAST_B_S3`.";
        let found: Vec<String> = variables(code).into_iter().collect();
        assert_eq!(found, ["CAST_A", "CAST_B_S3", "CAST_LISTEN"]);
    }

    #[test]
    fn a_misspelt_variable_is_noticed() -> Result<()> {
        let of = |command: &[&str], variable: &str| {
            let pod = serde_json::json!({"kind": "Deployment", "metadata": {"name": "identity"}, "spec": {"template": {"spec": {"containers": [
                {"name": "service", "command": command, "env": [{"name": variable, "value": ""}]}]}}}});
            problems(&Manifests(vec![pod]))
        };
        let problems = |variable: &str| of(&["identity"], variable);
        assert!(of(&["demo", "identity"], "CAST_SMTP_URL")?.is_empty());
        assert!(problems("CAST_NATS_URL")?.is_empty());
        assert!(problems("CAST_SMTP_URL")?.is_empty());
        assert!(
            problems("CAST_TRUSTED_PROXIES")?.len() == 1,
            "that is the gateway's"
        );
        assert!(problems("CAST_NATS_ULR")?.len() == 1);
        Ok(())
    }
}
