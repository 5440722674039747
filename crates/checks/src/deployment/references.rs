//! Checks references between manifests.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use platform::workspace;
use serde_json::Value;

use super::manifests::{Manifests, Pods, Source, labels, list, name, piped_yaml, selects, text};

/// Maximum connections of one replica: two pools of 8 and 6 (`crates/kit/src/db/pool.rs`), the relay's two and one for
/// each of up to five consumers (`crates/eventlog/src/lib.rs`).
const CONNECTIONS: u64 = 21;
/// Connections reserved for PostgreSQL, its operator and Jobs.
const OTHER_CONNECTIONS: u64 = 15;

/// All dangling references.
pub fn problems(manifests: &Manifests) -> Result<Vec<String>> {
    let pods = manifests.pods();
    let mut problems = Vec::new();
    problems.extend(workloads(manifests));
    problems.extend(services(manifests, &pods));
    problems.extend(selectors(manifests, &pods));
    for pods in &pods {
        problems.extend(
            named(manifests, pods)
                .into_iter()
                .map(|what| format!("{}: {what}", pods.title())),
        );
    }
    problems.extend(connections(manifests));
    Ok(problems)
}

/// Secrets that are used and missing in `k8s/secrets.example.yaml`, and vice versa. `all` are the overlays.
pub fn secrets(all: &[Manifests], example: &[Value]) -> Result<Vec<String>> {
    let mut wanted = BTreeSet::new();
    for manifests in all {
        wanted.extend(wanted_secrets(manifests)?);
    }
    let mut documented = BTreeSet::new();
    let mut problems = Vec::new();
    for secret in example {
        for (key, value) in secret["stringData"].as_object().into_iter().flatten() {
            documented.insert((name(secret).to_owned(), key.clone()));
            let value = text(value);
            if !(value.starts_with('<') && value.ends_with('>')) {
                problems.push(format!(
                    "the example of the Secret {} has a value for {key}",
                    name(secret)
                ));
            }
        }
    }
    let say = |(name, key): &(String, String), what: &str| {
        format!("{key} of the Secret {name} is {what}")
    };
    problems.extend(
        wanted
            .difference(&documented)
            .map(|one| say(one, "wanted and not in secrets.example.yaml")),
    );
    problems.extend(
        documented
            .difference(&wanted)
            .map(|one| say(one, "in secrets.example.yaml, and no manifest uses it")),
    );
    Ok(problems)
}

/// The example of the secrets.
pub fn example(tools: &std::path::Path) -> Result<Vec<Value>> {
    let file = workspace().join("k8s/secrets.example.yaml");
    piped_yaml(
        tools,
        &std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?,
    )
}

fn wanted_secrets(manifests: &Manifests) -> Result<BTreeSet<(String, String)>> {
    let mut wanted = BTreeSet::new();
    for pods in manifests.pods() {
        for container in pods.containers() {
            for (_, source) in manifests.environment(container)? {
                if let Source::Secret { name, key } = source {
                    wanted.insert((name, key));
                }
            }
        }
        for volume in list(&pods.spec["volumes"]) {
            for item in list(&volume["secret"]["items"]) {
                wanted.insert((
                    text(&volume["secret"]["secretName"]).to_owned(),
                    text(&item["key"]).to_owned(),
                ));
            }
        }
    }
    for ingress in manifests.of("Ingress") {
        for tls in list(&ingress["spec"]["tls"]) {
            for key in ["tls.crt", "tls.key"] {
                wanted.insert((text(&tls["secretName"]).to_owned(), key.to_owned()));
            }
        }
    }
    for store in manifests.of("ObjectStore") {
        for credential in store["spec"]["configuration"]["s3Credentials"]
            .as_object()
            .into_iter()
            .flatten()
        {
            wanted.insert((
                text(&credential.1["name"]).to_owned(),
                text(&credential.1["key"]).to_owned(),
            ));
        }
    }
    // Created by the operator, with these keys.
    let made = |(secret, key): &(String, String)| {
        manifests.of("Cluster").map(name).any(|cluster| {
            (*secret == format!("{cluster}-app") && key == "uri")
                || (*secret == format!("{cluster}-ca") && key == "ca.crt")
        })
    };
    Ok(wanted.into_iter().filter(|one| !made(one)).collect())
}

fn workloads(manifests: &Manifests) -> Vec<String> {
    let mut problems = Vec::new();
    for kind in ["Deployment", "StatefulSet"] {
        for manifest in manifests.of(kind) {
            let pod = labels(&manifest["spec"]["template"]["metadata"]["labels"]);
            if !selects(&manifest["spec"]["selector"], &pod) {
                problems.push(format!(
                    "{kind} {} does not select its own pods",
                    name(manifest)
                ));
            }
        }
    }
    for scaler in manifests.of("HorizontalPodAutoscaler") {
        let target = &scaler["spec"]["scaleTargetRef"];
        match manifests.get(text(&target["kind"]), text(&target["name"])) {
            None => problems.push(format!("the autoscaler {} scales nothing", name(scaler))),
            Some(target) if !target["spec"]["replicas"].is_null() => {
                problems.push(format!(
                    "{} says a number of replicas and is scaled",
                    name(target)
                ));
            }
            Some(_) => {}
        }
    }
    problems
}

fn services(manifests: &Manifests, pods: &[Pods<'_>]) -> Vec<String> {
    let mut problems = Vec::new();
    for service in manifests.of("Service") {
        let mut say = |what: String| problems.push(format!("Service {}: {what}", name(service)));
        let selector = serde_json::json!({"matchLabels": service["spec"]["selector"]});
        let behind: Vec<&Pods<'_>> = pods
            .iter()
            .filter(|pods| selects(&selector, &pods.labels))
            .collect();
        if behind.len() != 1 {
            say(format!("leads to {} workloads", behind.len()));
        }
        for port in list(&service["spec"]["ports"]) {
            for pods in &behind {
                match pods.port(&port["targetPort"]) {
                    None => say(format!(
                        "{} has no port {}",
                        pods.title(),
                        port["targetPort"]
                    )),
                    // The name of a headless service resolves to the pods themselves.
                    Some(number)
                        if service["spec"]["clusterIP"] == "None" && port["port"] != number =>
                    {
                        say(format!(
                            "is headless, and {} listens on {number}",
                            pods.title()
                        ));
                    }
                    Some(_) => {}
                }
            }
        }
    }
    for ingress in manifests.of("Ingress") {
        let rules = list(&ingress["spec"]["rules"]).iter();
        for path in rules.flat_map(|rule| list(&rule["http"]["paths"])) {
            let backend = &path["backend"]["service"];
            let ports = manifests
                .get("Service", text(&backend["name"]))
                .map(|service| list(&service["spec"]["ports"]));
            if !ports.is_some_and(|ports| {
                ports
                    .iter()
                    .any(|port| port["name"] == backend["port"]["name"])
            }) {
                problems.push(format!("the Ingress {} leads nowhere", name(ingress)));
            }
        }
    }
    problems
}

/// Every selector must match pods.
fn selectors(manifests: &Manifests, pods: &[Pods<'_>]) -> Vec<String> {
    let mut known: Vec<_> = pods.iter().map(|pods| pods.labels.clone()).collect();
    known.extend(manifests.of("Cluster").map(|cluster| {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        [
            pair("cnpg.io/cluster", name(cluster)),
            pair("cnpg.io/podRole", "instance"),
        ]
        .into()
    }));
    let mut problems = Vec::new();
    for (kind, path) in [
        ("PodDisruptionBudget", "/spec/selector"),
        ("NetworkPolicy", "/spec/podSelector"),
        ("PodMonitor", "/spec/selector"),
    ] {
        for manifest in manifests.of(kind) {
            let selector = manifest.pointer(path).unwrap_or(&Value::Null);
            if !known.iter().any(|labels| selects(selector, labels)) {
                problems.push(format!("{kind} {} selects nothing", name(manifest)));
            }
        }
    }
    for monitor in manifests.of("PodMonitor") {
        for endpoint in list(&monitor["spec"]["podMetricsEndpoints"]) {
            for pods in pods
                .iter()
                .filter(|pods| selects(&monitor["spec"]["selector"], &pods.labels))
            {
                if pods.port(&endpoint["port"]).is_none() {
                    problems.push(format!(
                        "PodMonitor {}: {} has no port {}",
                        name(monitor),
                        pods.title(),
                        endpoint["port"]
                    ));
                }
            }
        }
    }
    problems
}

/// Names that a pod calls.
fn named(manifests: &Manifests, pods: &Pods<'_>) -> Vec<String> {
    let mut problems = Vec::new();
    let mut must = |kind: &str, wanted: &Value| {
        if !wanted.is_null() && manifests.get(kind, text(wanted)).is_none() {
            problems.push(format!("there is no {kind} {}", text(wanted)));
        }
    };
    must("ServiceAccount", &pods.spec["serviceAccountName"]);
    must("PriorityClass", &pods.spec["priorityClassName"]);
    for volume in list(&pods.spec["volumes"]) {
        must("ConfigMap", &volume["configMap"]["name"]);
    }
    if pods.spec["serviceAccountName"].is_null() {
        problems.push("it runs as the account of the namespace".to_owned());
    }
    problems
}

/// The maximum number of replicas must not need more connections than the database permits.
fn connections(manifests: &Manifests) -> Vec<String> {
    let most: BTreeMap<&str, u64> = manifests
        .of("HorizontalPodAutoscaler")
        .filter_map(|scaler| Some((name(scaler), scaler["spec"]["maxReplicas"].as_u64()?)))
        .collect();
    let mut problems = Vec::new();
    for cluster in manifests.of("Cluster") {
        let service = name(cluster).trim_end_matches("-db");
        // One more during a rollout.
        let replicas = most.get(service).copied().unwrap_or(1) + 1;
        let given = text(&cluster["spec"]["postgresql"]["parameters"]["max_connections"]);
        let given: u64 = given.parse().unwrap_or_default();
        if replicas * CONNECTIONS + OTHER_CONNECTIONS > given {
            problems.push(format!("{replicas} replicas of {service} want more connections than the {given} of its database"));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn good() -> Vec<Value> {
        let template = json!({"metadata": {"labels": {"name": "identity"}}, "spec": {"serviceAccountName": "identity", "containers": [
            {"name": "service", "ports": [{"name": "grpc", "containerPort": 8080}, {"name": "admin", "containerPort": 9090}],
             "env": [{"name": "CAST_A", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}},
                     {"name": "DATABASE_URI", "valueFrom": {"secretKeyRef": {"name": "identity-db-app", "key": "uri"}}}]}]}});
        let selector = json!({"matchLabels": {"name": "identity"}});
        let named = |kind: &str, spec: Value| json!({"kind": kind, "metadata": {"name": "identity"}, "spec": spec});
        vec![
            named(
                "Deployment",
                json!({"selector": selector, "template": template}),
            ),
            named("ServiceAccount", json!(null)),
            named(
                "Service",
                json!({"clusterIP": "None", "selector": {"name": "identity"}, "ports": [{"name": "grpc", "port": 8080, "targetPort": "grpc"}]}),
            ),
            named(
                "HorizontalPodAutoscaler",
                json!({"maxReplicas": 3, "scaleTargetRef": {"kind": "Deployment", "name": "identity"}}),
            ),
            named("PodDisruptionBudget", json!({"selector": selector})),
            named(
                "PodMonitor",
                json!({"selector": selector, "podMetricsEndpoints": [{"port": "admin"}]}),
            ),
            named(
                "Ingress",
                json!({"rules": [{"http": {"paths": [{"backend": {"service": {"name": "identity", "port": {"name": "grpc"}}}}]}}]}),
            ),
            json!({"kind": "Cluster", "metadata": {"name": "identity-db"}, "spec": {"postgresql": {"parameters": {"max_connections": "100"}}}}),
        ]
    }

    #[test]
    fn what_leads_nowhere_is_named() {
        assert_eq!(problems(&Manifests(good())).unwrap(), Vec::<String>::new());
        let wrong = [
            (
                0,
                "/spec/selector/matchLabels/name",
                json!("identiy"),
                "own pods",
            ),
            (0, "/spec/replicas", json!(3), "is scaled"),
            (
                0,
                "/spec/template/spec/serviceAccountName",
                json!("missing"),
                "no ServiceAccount missing",
            ),
            (
                0,
                "/spec/template/spec/priorityClassName",
                json!("first"),
                "no PriorityClass first",
            ),
            (2, "/spec/selector/name", json!("other"), "leads to 0"),
            (2, "/spec/ports/0/targetPort", json!("http"), "has no port"),
            (2, "/spec/ports/0/port", json!(80), "headless"),
            (
                3,
                "/spec/scaleTargetRef/name",
                json!("other"),
                "scales nothing",
            ),
            (3, "/spec/maxReplicas", json!(4), "more connections"),
            (
                4,
                "/spec/selector/matchLabels/name",
                json!("other"),
                "PodDisruptionBudget identity selects nothing",
            ),
            (
                5,
                "/spec/podMetricsEndpoints/0/port",
                json!("metrics"),
                "PodMonitor identity",
            ),
            (
                6,
                "/spec/rules/0/http/paths/0/backend/service/name",
                json!("other"),
                "leads nowhere",
            ),
        ];
        for (index, path, value, words) in wrong {
            let mut manifests = good();
            let (parent, key) = path.rsplit_once('/').unwrap();
            manifests[index].pointer_mut(parent).unwrap()[key] = value;
            let found = problems(&Manifests(manifests)).unwrap().join("\n");
            assert!(found.contains(words), "{path}: {found}");
        }
    }

    #[test]
    fn secrets_and_their_example_must_agree_and_the_example_has_no_values() {
        let example = |key: &str, value: &str| {
            vec![json!({"metadata": {"name": "a"}, "stringData": {key: value}})]
        };
        let all = [Manifests(good())];
        assert_eq!(
            secrets(&all, &example("b", "<random>")).unwrap(),
            Vec::<String>::new()
        );
        assert!(
            secrets(&all, &example("c", "<random>")).unwrap().len() == 2,
            "one is missing, one too many"
        );
        assert!(secrets(&all, &example("b", "hunter2")).unwrap()[0].contains("has a value"));
    }
}
