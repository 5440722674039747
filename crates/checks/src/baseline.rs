//! `cast baseline`: the released contract, kept as text, against which `cast test proto` detects breaking changes.

use std::{collections::BTreeMap, fs, process::Command};

use anyhow::{Context as _, Result, bail, ensure};
use platform::workspace;
use serde_json::Value;

use platform::build;

use crate::tools;

/// An image of the contract (buf) as JSON, without comments; one line per file.
const BASELINE: &str = "proto/baseline.json";

/// Renews it from the current contract.
pub fn renew() -> Result<()> {
    let image = image()?;
    let files = files(&image)?;
    let lines: Vec<String> = files.iter().map(Value::to_string).collect();
    let text = format!("{{\"file\": [\n{}\n]}}\n", lines.join(",\n"));
    fs::write(workspace().join(BASELINE), text)?;
    println!("{BASELINE} is the contract as it is now.");
    Ok(())
}

/// Fails if a message, field, method or HTTP binding was changed incompatibly.
pub fn compare() -> Result<()> {
    let against = format!("{BASELINE}#format=json");
    build::run(
        Command::new(tools::buf()?)
            .args(["breaking", "proto", "--against", &against])
            .current_dir(workspace()),
    )?;
    let text = fs::read_to_string(workspace().join(BASELINE))?;
    let before = bindings(&serde_json::from_str(&text)?)?;
    ensure!(!before.is_empty(), "{BASELINE} has no methods");
    let gone = changed(&before, &bindings(&image()?)?);
    if !gone.is_empty() {
        bail!("{}", gone.join("; "));
    }
    Ok(())
}

/// The current contract.
fn image() -> Result<Value> {
    let file = platform::here::home().join("contract.json");
    build::run(
        Command::new(tools::buf()?)
            .args(["build", "proto", "--exclude-source-info", "--output"])
            .arg(format!("{}#format=json", file.display()))
            .current_dir(workspace()),
    )?;
    Ok(serde_json::from_str(&fs::read_to_string(file)?)?)
}

fn files(image: &Value) -> Result<&Vec<Value>> {
    image["file"].as_array().context("not an image of buf")
}

/// Methods by full name with their HTTP bindings: the rule of `google.api.http` and its additional bindings.
fn bindings(image: &Value) -> Result<BTreeMap<String, Value>> {
    let list = |of: &Value, key: &str| of[key].as_array().cloned().unwrap_or_default();
    let name = |of: &Value, key: &str| of[key].as_str().unwrap_or_default().to_owned();
    let mut all = BTreeMap::new();
    for file in files(image)? {
        for service in list(file, "service") {
            for method in list(&service, "method") {
                let http = &method["options"]["[google.api.http]"];
                let path = [
                    &name(file, "package"),
                    &name(&service, "name"),
                    &name(&method, "name"),
                ];
                let path = path.map(String::as_str).join(".");
                if !http.is_null() {
                    all.insert(path, http.clone());
                }
            }
        }
    }
    Ok(all)
}

fn changed(before: &BTreeMap<String, Value>, now: &BTreeMap<String, Value>) -> Vec<String> {
    let other = before
        .iter()
        .filter(|(name, http)| now.get(*name) != Some(*http));
    let tell = |(name, http): (&String, &Value)| match now.get(name) {
        Some(now) => format!("{name} was bound to {http} and is bound to {now}"),
        None => format!("{name} was bound to {http} and is not any more"),
    };
    other.map(tell).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn image(path: &str) -> Value {
        let http = json!({ "get": path });
        json!({ "file": [{
            "package": "cast.t.v1",
            "service": [{ "name": "Things", "method": [
                { "name": "GetThing", "options": { "[google.api.http]": http } },
                { "name": "Inner" },
            ] }],
        }] })
    }

    #[test]
    fn an_address_that_moves_is_found_and_a_new_one_is_not() {
        let before = bindings(&image("/v1/things")).unwrap();
        assert_eq!(before.len(), 1);
        assert!(changed(&before, &before).is_empty());
        let moved = changed(&before, &bindings(&image("/v1/stuff")).unwrap());
        assert!(
            moved[0].starts_with("cast.t.v1.Things.GetThing was bound to"),
            "{moved:?}"
        );
        assert_eq!(changed(&before, &BTreeMap::new()).len(), 1);
        assert!(changed(&BTreeMap::new(), &before).is_empty());
    }
}
