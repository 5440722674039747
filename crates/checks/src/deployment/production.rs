//! Additional requirements on the production overlay.

use platform::DEMO;
use serde_json::Value;
use url::Url;

use super::manifests::{Manifests, labels, list, name, selects, text};
use super::network;

/// All requirements that production violates.
pub fn problems(manifests: &Manifests) -> Vec<String> {
    let mut problems = Vec::new();
    let mut must = |so: bool, what: String| {
        if !so {
            problems.push(format!("production: {what}"));
        }
    };
    must(
        network::denies_all(manifests),
        "no policy denies everything else".to_owned(),
    );
    for kind in ["Deployment", "StatefulSet"] {
        for manifest in manifests.of(kind) {
            let title = format!("{kind} {}", name(manifest));
            let pod = &manifest["spec"]["template"];
            let pod_labels = labels(&pod["metadata"]["labels"]);
            let budget = manifests
                .of("PodDisruptionBudget")
                .any(|one| selects(&one["spec"]["selector"], &pod_labels));
            must(budget, format!("{title} has no disruption budget"));
            let keys = list(&pod["spec"]["topologySpreadConstraints"])
                .iter()
                .map(|one| text(&one["topologyKey"]));
            let keys: Vec<&str> = keys.collect();
            let spread = keys.contains(&"topology.kubernetes.io/zone")
                && keys.contains(&"kubernetes.io/hostname");
            must(
                spread,
                format!("{title} may lie on one node or in one zone"),
            );
            must(
                replicas(manifests, kind, manifest) >= 3,
                format!("{title} has fewer than three replicas"),
            );
        }
    }
    for pods in manifests.pods() {
        let mut containers = pods.containers();
        must(
            containers.all(|container| container["command"][0] != DEMO),
            format!(
                "{} makes people up, with a program that its image lacks",
                pods.title()
            ),
        );
    }
    for cluster in manifests.of("Cluster") {
        let title = format!("the database {}", name(cluster));
        let spec = &cluster["spec"];
        must(
            spec["instances"].as_u64() >= Some(3),
            format!("{title} has fewer than three copies"),
        );
        must(
            spec["postgresql"]["synchronous"]["number"].as_u64() >= Some(1),
            format!("{title} can lose commits"),
        );
        let saved = manifests
            .of("ScheduledBackup")
            .any(|one| one["spec"]["cluster"]["name"] == cluster["metadata"]["name"]);
        must(saved, format!("{title} is not saved"));
    }
    let setting = |key: &str| {
        let mut values = manifests
            .of("ConfigMap")
            .filter_map(|map| map["data"][key].as_str());
        values.next().unwrap_or_default()
    };
    must(
        setting("CAST_ENVIRONMENT") == "production",
        "it is no production".to_owned(),
    );
    must(
        setting("CAST_NATS_REPLICAS") == "3",
        "streams lie on one server".to_owned(),
    );
    let public = Url::parse(setting("CAST_PUBLIC_URL")).ok();
    let public = public.as_ref().and_then(Url::host_str).unwrap_or_default();
    for ingress in manifests.of("Ingress") {
        let hosts = list(&ingress["spec"]["rules"])
            .iter()
            .map(|rule| text(&rule["host"]));
        let certified = list(&ingress["spec"]["tls"])
            .iter()
            .flat_map(|tls| list(&tls["hosts"]))
            .map(text);
        must(
            hosts.chain(certified).all(|host| host == public),
            format!("the Ingress is for another host than {public}"),
        );
        must(
            !list(&ingress["spec"]["tls"]).is_empty(),
            "the Ingress has no certificate".to_owned(),
        );
    }
    let release = format!(":{}", env!("CARGO_PKG_VERSION"));
    for pods in manifests.pods() {
        for container in pods
            .containers()
            .filter(|container| container["name"] == "service")
        {
            let image = text(&container["image"]);
            must(
                image.ends_with(&release),
                format!("{} runs {image}, not this release", pods.title()),
            );
        }
    }
    problems
}

/// The minimum number of replicas.
fn replicas(manifests: &Manifests, kind: &str, manifest: &Value) -> u64 {
    let scaler = manifests.of("HorizontalPodAutoscaler").find(|scaler| {
        let target = &scaler["spec"]["scaleTargetRef"];
        target["kind"] == kind && target["name"] == manifest["metadata"]["name"]
    });
    match scaler {
        Some(scaler) => scaler["spec"]["minReplicas"].as_u64().unwrap_or(1),
        None => manifest["spec"]["replicas"].as_u64().unwrap_or(1),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn good() -> Vec<Value> {
        let spread = json!([{"topologyKey": "topology.kubernetes.io/zone"}, {"topologyKey": "kubernetes.io/hostname"}]);
        let image = concat!("cast:", env!("CARGO_PKG_VERSION"));
        let template = json!({"metadata": {"labels": {"name": "a"}}, "spec": {"topologySpreadConstraints": spread,
            "containers": [{"name": "service", "image": image, "command": ["a", "serve"]}]}});
        let named = |kind: &str, spec: Value| json!({"kind": kind, "metadata": {"name": "a"}, "spec": spec});
        vec![
            named("Deployment", json!({"template": template})),
            named(
                "HorizontalPodAutoscaler",
                json!({"minReplicas": 3, "scaleTargetRef": {"kind": "Deployment", "name": "a"}}),
            ),
            named(
                "PodDisruptionBudget",
                json!({"selector": {"matchLabels": {"name": "a"}}}),
            ),
            named(
                "NetworkPolicy",
                json!({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}),
            ),
            named(
                "Cluster",
                json!({"instances": 3, "postgresql": {"synchronous": {"number": 1}}}),
            ),
            named("ScheduledBackup", json!({"cluster": {"name": "a"}})),
            json!({"kind": "ConfigMap", "metadata": {"name": "platform"},
                "data": {"CAST_ENVIRONMENT": "production", "CAST_NATS_REPLICAS": "3", "CAST_PUBLIC_URL": "https://a.cn"}}),
            named(
                "Ingress",
                json!({"tls": [{"hosts": ["a.cn"]}], "rules": [{"host": "a.cn"}]}),
            ),
        ]
    }

    #[test]
    fn what_production_lacks_is_named() {
        assert_eq!(problems(&Manifests(good())), Vec::<String>::new());
        let wrong = [
            (
                0,
                "/spec/template/spec/topologySpreadConstraints",
                json!([]),
                "one node",
            ),
            (
                0,
                "/spec/template/spec/containers/0/image",
                json!("cast:0.0.1"),
                "not this release",
            ),
            (
                0,
                "/spec/template/spec/containers/0/command/0",
                json!("demo"),
                "makes people up",
            ),
            (
                1,
                "/spec/minReplicas",
                json!(2),
                "fewer than three replicas",
            ),
            (
                2,
                "/spec/selector/matchLabels/name",
                json!("b"),
                "no disruption budget",
            ),
            (
                3,
                "/spec/podSelector",
                json!({"matchLabels": {"name": "a"}}),
                "denies everything",
            ),
            (4, "/spec/instances", json!(1), "three copies"),
            (
                4,
                "/spec/postgresql/synchronous",
                json!(null),
                "lose commits",
            ),
            (5, "/spec/cluster/name", json!("b"), "not saved"),
            (
                6,
                "/data/CAST_ENVIRONMENT",
                json!("development"),
                "no production",
            ),
            (6, "/data/CAST_NATS_REPLICAS", json!("1"), "one server"),
            (
                6,
                "/data/CAST_PUBLIC_URL",
                json!("https://b.cn"),
                "another host",
            ),
            (7, "/spec/tls", json!([]), "no certificate"),
        ];
        for (index, path, value, words) in wrong {
            let mut manifests = good();
            *manifests[index].pointer_mut(path).unwrap() = value;
            let found = problems(&Manifests(manifests)).join("\n");
            assert!(found.contains(words), "{path}: {found}");
        }
    }
}
