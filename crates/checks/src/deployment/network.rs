//! Checks the network policies. The permitted flows are computed for every pair of pods and every port, and compared
//! with those that the environment of the pods requires.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use url::Url;

use super::manifests::{Labels, Manifests, Source, labels, list, name, selects, text};

/// The relevant ports.
const PORTS: [u64; 12] = [
    53, 443, 465, 587, 4222, 4317, 5432, 6222, 8000, 8080, 9090, 9187,
];
/// Of a cluster's API server, and of an object store.
const API_SERVER: [u64; 1] = [443];
const OUTSIDE: &str = "a public address";

/// From, to, port.
type Flow = (String, String, u64);

/// A party that could send or receive.
struct Actor {
    name: String,
    namespace: String,
    labels: Labels,
}

/// Required flows that are not permitted, and permitted flows that are not required.
pub fn problems(manifests: &Manifests) -> Result<Vec<String>> {
    let actors = actors(manifests);
    let needed = needed(manifests, &actors)?;
    let say = |(from, to, port): &Flow, what: &str| format!("{from} {what} {to} on port {port}");
    let mut problems = BTreeSet::new();
    for side in [Side::Sender, Side::Receiver] {
        let possible = possible(manifests, &actors, side);
        let ours = |(from, to, _): &&Flow| {
            let actor = if side == Side::Sender { from } else { to };
            actors
                .iter()
                .any(|one| one.name == *actor && one.namespace == own(manifests))
        };
        let missing = needed
            .iter()
            .filter(ours)
            .filter(|flow| !possible.contains(*flow));
        problems.extend(missing.map(|flow| say(flow, "cannot reach")));
        let open = possible.difference(&needed).filter(|(from, _, port)| {
            // The address of the API server is unknown.
            !(API_SERVER.contains(port)
                && side == Side::Sender
                && manifests.get("Cluster", from).is_some())
        });
        problems.extend(open.map(|flow| say(flow, "has no need to reach")));
    }
    Ok(problems.into_iter().collect())
}

/// Both sides must permit a flow; each is checked separately.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Sender,
    Receiver,
}

fn own(manifests: &Manifests) -> &str {
    manifests
        .of("Namespace")
        .map(name)
        .next()
        .unwrap_or_default()
}

fn actors(manifests: &Manifests) -> Vec<Actor> {
    let own = manifests
        .of("Namespace")
        .map(name)
        .next()
        .unwrap_or_default();
    let actor = |name: &str, namespace: &str, labels: Value| Actor {
        name: name.to_owned(),
        namespace: namespace.to_owned(),
        labels: super::manifests::labels(&labels),
    };
    let mut actors: Vec<Actor> = manifests
        .pods()
        .into_iter()
        .map(|pods| Actor {
            name: pods.name.to_owned(),
            namespace: own.to_owned(),
            labels: pods.labels,
        })
        .collect();
    for cluster in manifests.of("Cluster").map(name) {
        actors.push(actor(
            cluster,
            own,
            json!({"cnpg.io/cluster": cluster, "cnpg.io/podRole": "instance"}),
        ));
    }
    for (program, namespace) in [
        ("traefik", "traefik"),
        ("prometheus", "monitoring"),
        ("opentelemetry-collector", "monitoring"),
        ("cloudnative-pg", "cnpg-system"),
    ] {
        actors.push(actor(
            program,
            namespace,
            json!({"app.kubernetes.io/name": program}),
        ));
    }
    actors.push(actor(
        "names",
        "kube-system",
        json!({"k8s-app": "kube-dns"}),
    ));
    actors.push(actor(
        "a stranger in the namespace",
        own,
        json!({"app.kubernetes.io/name": "stranger"}),
    ));
    actors.push(actor(
        "a stranger elsewhere",
        "elsewhere",
        json!({"app.kubernetes.io/name": "traefik"}),
    ));
    actors.push(actor(OUTSIDE, "", json!({})));
    actors
}

/// The flows that the pods are configured to use, and those that are implicit.
fn needed(manifests: &Manifests, actors: &[Actor]) -> Result<BTreeSet<Flow>> {
    let own = manifests
        .of("Namespace")
        .map(name)
        .next()
        .unwrap_or_default();
    let flow = |from: &str, to: &str, port: u64| (from.to_owned(), to.to_owned(), port);
    let mut needed = BTreeSet::new();
    for pods in manifests.pods() {
        for container in pods.containers() {
            // A Job has the whole environment of its service, and runs before any service could respond.
            for (variable, source) in manifests.environment(container)? {
                for (to, port) in destination(manifests, actors, &variable, &source)? {
                    let job = pods.kind == "Job"
                        && manifests.get("Cluster", &to).is_none()
                        && port != 4317;
                    let itself = variable == "CAST_PUBLIC_URL";
                    if !job && !itself {
                        needed.insert(flow(pods.name, &to, port));
                    }
                }
            }
            // Prometheus scrapes the admin port of every program that has one.
            if list(&container["ports"])
                .iter()
                .any(|port| port["name"] == "admin")
            {
                needed.insert(flow("prometheus", pods.name, 9090));
            }
        }
        if pods.kind == "StatefulSet" {
            needed.insert(flow(pods.name, pods.name, 6222));
        }
    }
    for ingress in manifests.of("Ingress") {
        needed.insert(flow("traefik", name(ingress), 8080));
    }
    for cluster in manifests.of("Cluster").map(name) {
        for port in [5432, 8000] {
            needed.insert(flow(cluster, cluster, port));
            needed.insert(flow("cloudnative-pg", cluster, port));
        }
        needed.insert(flow("prometheus", cluster, 9187));
        for port in API_SERVER {
            let open = actors.iter().filter(|actor| actor.namespace != own);
            needed.extend(open.map(|actor| flow(cluster, &actor.name, port)));
        }
    }
    let ours = actors.iter().filter(|actor| actor.namespace == own);
    needed.extend(ours.map(|actor| flow(&actor.name, "names", 53)));
    // STARTTLS, if the mail server requires it.
    if needed.contains(&flow("identity", OUTSIDE, 465)) {
        needed.insert(flow("identity", OUTSIDE, 587));
    }
    Ok(needed)
}

/// The actors and ports of a variable with an address.
fn destination(
    manifests: &Manifests,
    actors: &[Actor],
    variable: &str,
    source: &Source,
) -> Result<Vec<(String, u64)>> {
    let text_of = match source {
        Source::Secret { name, .. } => {
            let database = manifests
                .of("Cluster")
                .map(self::name)
                .find(|cluster| *name == format!("{cluster}-app"));
            return Ok(match (database, variable) {
                (Some(database), _) => vec![(database.to_owned(), 5432)],
                (None, "CAST_SMTP_URL") => vec![(OUTSIDE.to_owned(), 465)],
                (None, _) => Vec::new(),
            });
        }
        Source::Field(_) => return Ok(Vec::new()),
        Source::Text(text) => text,
    };
    let address = |text: &str| {
        Url::parse(&text.replace(['$', '(', ')'], ""))
            .ok()
            .filter(Url::has_host)
    };
    let Some(url) = text_of.contains("://").then(|| address(text_of)).flatten() else {
        return Ok(Vec::new());
    };
    // A bucket; CAST_FILES_S3_ENDPOINT says where it is.
    if url.scheme() == "s3" {
        return Ok(Vec::new());
    }
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default();
    let port = port.with_context(|| format!("{variable} names no port"))?;
    let port = u64::from(port);
    let service = host.split('.').next_back().unwrap_or_default();
    if let Some(service) = manifests.get("Service", service) {
        let selector = json!({"matchLabels": service["spec"]["selector"]});
        let pods = manifests.pods();
        let behind = pods.iter().filter(|pods| selects(&selector, &pods.labels));
        return Ok(behind.map(|pods| (pods.name.to_owned(), port)).collect());
    }
    if let Some((program, namespace)) = host.split_once('.') {
        let known = actors
            .iter()
            .find(|actor| actor.name == program && actor.namespace == namespace);
        if let Some(actor) = known {
            return Ok(vec![(actor.name.clone(), port)]);
        }
    }
    Ok(vec![(OUTSIDE.to_owned(), port)])
}

/// The flows that the policies of a side permit.
fn possible(manifests: &Manifests, actors: &[Actor], side: Side) -> BTreeSet<Flow> {
    let policies: Vec<&Value> = manifests.of("NetworkPolicy").collect();
    let mut possible = BTreeSet::new();
    for from in actors {
        for to in actors {
            let (direction, on, other) = match side {
                Side::Sender => ("Egress", from, to),
                Side::Receiver => ("Ingress", to, from),
            };
            // Other namespaces are out of scope.
            if on.namespace != own(manifests) {
                continue;
            }
            for port in PORTS
                .into_iter()
                .filter(|port| lets(&policies, direction, on, other, *port))
            {
                possible.insert((from.name.clone(), to.name.clone(), port));
            }
        }
    }
    possible
}

/// Whether the policies on `on` permit traffic of a direction, to or from `other`.
fn lets(policies: &[&Value], direction: &str, on: &Actor, other: &Actor, port: u64) -> bool {
    let (rules, peers) = if direction == "Egress" {
        ("egress", "to")
    } else {
        ("ingress", "from")
    };
    let mut selected = false;
    for policy in policies {
        let spec = &policy["spec"];
        let applies = list(&spec["policyTypes"])
            .iter()
            .any(|one| one == direction);
        if !applies || !selects(&spec["podSelector"], &on.labels) {
            continue;
        }
        selected = true;
        for rule in list(&spec[rules]) {
            let ports = list(&rule["ports"]);
            let port = ports.is_empty() || ports.iter().any(|one| one["port"] == port);
            let to = list(&rule[peers]);
            if port && (to.is_empty() || to.iter().any(|peer| is(peer, on, other))) {
                return true;
            }
        }
    }
    // A pod selected by no policy is unrestricted.
    !selected
}

fn is(peer: &Value, on: &Actor, other: &Actor) -> bool {
    if !peer["ipBlock"].is_null() {
        return other.name == OUTSIDE;
    }
    let namespace = match &peer["namespaceSelector"] {
        Value::Null => other.namespace == on.namespace,
        selector => {
            let own = labels(&json!({"kubernetes.io/metadata.name": other.namespace}));
            selects(selector, &own) && !other.namespace.is_empty()
        }
    };
    namespace && (peer["podSelector"].is_null() || selects(&peer["podSelector"], &other.labels))
}

/// Whether the overlay has a default-deny policy.
pub fn denies_all(manifests: &Manifests) -> bool {
    manifests.of("NetworkPolicy").any(|policy| {
        let spec = &policy["spec"];
        let types: Vec<&str> = list(&spec["policyTypes"]).iter().map(text).collect();
        spec["podSelector"] == json!({})
            && spec["ingress"].is_null()
            && spec["egress"].is_null()
            && types.contains(&"Ingress")
            && types.contains(&"Egress")
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn policy(on: &str, direction: &str, rules: &Value) -> Value {
        let rule = if direction == "Egress" {
            "egress"
        } else {
            "ingress"
        };
        let selector = if on.is_empty() {
            json!({})
        } else {
            json!({"matchLabels": {"name": on}})
        };
        json!({"kind": "NetworkPolicy", "metadata": {"name": "policy"},
            "spec": {"podSelector": selector, "policyTypes": [direction], rule: rules}})
    }

    fn pods(name: &str, environment: &Value) -> Value {
        json!({"kind": "Deployment", "metadata": {"name": name}, "spec": {"template": {"metadata": {"labels": {"name": name}},
            "spec": {"containers": [{"name": "service", "env": environment}]}}}})
    }

    /// `a` is configured to call `b`; every required flow is permitted.
    fn good() -> Vec<Value> {
        let peer = |name: &str| json!([{"podSelector": {"matchLabels": {"name": name}}}]);
        let names = json!([{"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
            "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}], "ports": [{"port": 53}]}]);
        vec![
            json!({"kind": "Namespace", "metadata": {"name": "cast"}}),
            pods(
                "a",
                &json!([{"name": "CAST_B_URL", "value": "http://b:8080"}]),
            ),
            pods("b", &json!([])),
            json!({"kind": "Service", "metadata": {"name": "b"}, "spec": {"selector": {"name": "b"}}}),
            json!({"kind": "NetworkPolicy", "metadata": {"name": "deny"}, "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}}),
            policy("", "Egress", &names),
            policy(
                "a",
                "Egress",
                &json!([{"to": peer("b"), "ports": [{"port": 8080}]}]),
            ),
            policy(
                "b",
                "Ingress",
                &json!([{"from": peer("a"), "ports": [{"port": 8080}]}]),
            ),
        ]
    }

    #[test]
    fn a_missing_hole_and_one_too_many_are_named() {
        let found = |manifests: Vec<Value>| problems(&Manifests(manifests)).unwrap();
        assert_eq!(found(good()), Vec::<String>::new());

        for hole in [6, 7] {
            let mut manifests = good();
            manifests.remove(hole);
            assert_eq!(found(manifests), ["a cannot reach b on port 8080"]);
        }
        let mut manifests = good();
        manifests[6]["spec"]["egress"][0]["ports"] = json!([]);
        manifests[7]["spec"]["ingress"][0]["ports"] = json!([{"port": 8080}, {"port": 5432}]);
        assert!(found(manifests).contains(&"a has no need to reach b on port 5432".to_owned()));

        let mut manifests = good();
        manifests[7]["spec"]["ingress"][0]["from"] = json!([]);
        assert!(
            found(manifests)
                .contains(&"a public address has no need to reach b on port 8080".to_owned())
        );

        let mut manifests = good();
        manifests.truncate(4);
        assert!(!denies_all(&Manifests(manifests)));
        assert!(denies_all(&Manifests(good())));
    }
}
