//! Requirements on every pod.

use anyhow::{Context as _, Result};
use platform::{DEMO, Service, workspace};
use serde_json::Value;

use super::manifests::{Manifests, Pods, list, text};

/// After the last call a service has five seconds for its background workers (`serve.rs`), and some more to close
/// connections.
const AFTER_CALLS: u64 = 10;

/// All violations.
pub fn problems(manifests: &Manifests) -> Result<Vec<String>> {
    let patience = patience()?;
    let mut problems = Vec::new();
    for pods in manifests.pods() {
        let mut say = |what: &str| problems.push(format!("{}: {what}", pods.title()));
        let spec = pods.spec;
        if spec["automountServiceAccountToken"] != false {
            say("its pods get a token for the API server");
        }
        let security = &spec["securityContext"];
        if security["runAsNonRoot"] != true
            || security["runAsUser"].as_u64().is_none_or(|id| id == 0)
        {
            say("its pods may run as root");
        }
        if security["seccompProfile"]["type"] != "RuntimeDefault" {
            say("its pods run without a seccomp profile");
        }
        if ["hostNetwork", "hostPID", "hostIPC"]
            .iter()
            .any(|key| spec[key] == true)
        {
            say("its pods share something of their node");
        }
        for container in pods.containers() {
            for what in container_problems(&pods, container) {
                say(&what);
            }
            if pods.kind == "Deployment" {
                let sleep = container["lifecycle"]["preStop"]["sleep"]["seconds"].as_u64();
                let grace = spec["terminationGracePeriodSeconds"].as_u64().unwrap_or(30);
                match sleep {
                    None => say("it stops while it is still being sent calls: no preStop"),
                    Some(sleep) if sleep + patience + AFTER_CALLS > grace => {
                        say("it is killed before it has finished the calls it accepted");
                    }
                    Some(_) => {}
                }
            }
        }
    }
    Ok(problems)
}

/// The services of `services.toml` that no pod serves, or whose database no Job migrates.
pub fn missing(manifests: &Manifests) -> Vec<String> {
    let commands: Vec<Value> = manifests
        .pods()
        .iter()
        .flat_map(|pods| pods.containers().map(|one| one["command"].clone()))
        .collect();
    let mut problems = Vec::new();
    for service in Service::ALL {
        let mut demand = |argument: &str| {
            let command = serde_json::json!([service.name(), argument]);
            if !commands.contains(&command) {
                problems.push(format!("no pod runs `{service} {argument}`"));
            }
        };
        demand("serve");
        if service.database().is_some() {
            demand("migrate");
        }
    }
    problems
}

fn container_problems(pods: &Pods<'_>, container: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    let security = &container["securityContext"];
    if security["readOnlyRootFilesystem"] != true {
        problems.push("it may write into its image".to_owned());
    }
    if security["allowPrivilegeEscalation"] != false || security["privileged"] == true {
        problems.push("it may gain privileges".to_owned());
    }
    if list(&security["capabilities"]["drop"]) != ["ALL"]
        || !list(&security["capabilities"]["add"]).is_empty()
    {
        problems.push("it keeps capabilities".to_owned());
    }
    if ["runAsUser", "runAsNonRoot"]
        .iter()
        .any(|key| !security[key].is_null())
    {
        problems.push("it says for itself who it runs as".to_owned());
    }
    for (kind, what) in [
        ("requests", "cpu"),
        ("requests", "memory"),
        ("limits", "cpu"),
        ("limits", "memory"),
    ] {
        if container["resources"][kind][what].is_null() {
            problems.push(format!("it has no {kind} for {what}"));
        }
    }
    let image = text(&container["image"]);
    let tag = image
        .rsplit('/')
        .next()
        .and_then(|last| last.split_once(':'));
    if tag.is_none_or(|(_, tag)| tag.is_empty() || tag == "latest") && !image.contains("@sha256:") {
        problems.push(format!("the image {image} is not of one version"));
    }
    if pods.kind != "Job" {
        for probe in ["startupProbe", "readinessProbe", "livenessProbe"] {
            if container[probe].is_null() {
                problems.push(format!("it has no {probe}"));
            }
            let port = &container[probe]["httpGet"]["port"];
            if !port.is_null() && pods.port(port).is_none() {
                problems.push(format!("its {probe} asks a port that there is not"));
            }
        }
    }
    let program = text(&container["command"][0]);
    let known = Service::named(program).is_some() || program == DEMO;
    if text(&container["name"]) == "service" && !known {
        problems.push(format!("it runs `{program}`, which is no program of ours"));
    }
    let volumes = list(&pods.spec["volumes"]);
    for mount in list(&container["volumeMounts"]) {
        let volume = volumes.iter().any(|volume| volume["name"] == mount["name"]);
        // A claim template of a StatefulSet is a volume too.
        if !volume && pods.kind != "StatefulSet" {
            problems.push(format!(
                "it mounts a volume that there is not: {}",
                text(&mount["name"])
            ));
        }
    }
    problems
}

/// The services' grace period for accepted calls in seconds, read from their code.
fn patience() -> Result<u64> {
    let file = workspace().join("crates/kit/src/lifecycle/serve.rs");
    let code = std::fs::read_to_string(&file)
        .with_context(|| format!("cannot read {}", file.display()))?;
    let begin = "const DRAIN_TIMEOUT: Duration = Duration::from_secs(";
    let number = code
        .split_once(begin)
        .and_then(|(_, rest)| rest.split_once(')'));
    number
        .and_then(|(number, _)| number.parse().ok())
        .with_context(|| format!("{} does not say its patience as it used to", file.display()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn good() -> Value {
        json!({"kind": "Deployment", "metadata": {"name": "identity"}, "spec": {"template": {"metadata": {"labels": {}}, "spec": {
            "automountServiceAccountToken": false, "terminationGracePeriodSeconds": 60,
            "securityContext": {"runAsNonRoot": true, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"}},
            "volumes": [{"name": "here"}],
            "containers": [{"name": "service", "image": "registry:5000/cast:0.1.0", "command": ["identity", "serve"],
                "resources": {"requests": {"cpu": 1, "memory": 1}, "limits": {"cpu": 1, "memory": 1}},
                "lifecycle": {"preStop": {"sleep": {"seconds": 15}}},
                "ports": [{"name": "admin", "containerPort": 9090}],
                "startupProbe": {"grpc": {}}, "livenessProbe": {"grpc": {}}, "readinessProbe": {"httpGet": {"port": "admin"}},
                "volumeMounts": [{"name": "here"}],
                "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}}}]}}}})
    }

    #[test]
    fn a_service_that_no_pod_runs_is_named() {
        let pod = |command: [&str; 2]| {
            let mut pod = good();
            pod["spec"]["template"]["spec"]["containers"][0]["command"] = json!(command);
            pod
        };
        let all = Service::ALL.map(|service| pod([service.name(), "serve"]));
        let jobs = Service::callable().map(|service| pod([service.name(), "migrate"]));
        let mut manifests: Vec<Value> = all.into_iter().chain(jobs).collect();
        assert_eq!(missing(&Manifests(manifests.clone())), Vec::<String>::new());
        manifests.remove(0);
        manifests.pop();
        assert_eq!(
            missing(&Manifests(manifests)),
            [
                "no pod runs `identity serve`",
                "no pod runs `cockpit migrate`"
            ]
        );
    }

    #[test]
    fn a_hardened_pod_is_fine_and_each_thing_taken_away_is_noticed() {
        let problems = |pod: Value| super::problems(&Manifests(vec![pod])).unwrap();
        assert_eq!(problems(good()), Vec::<String>::new());
        let container = "/spec/template/spec/containers/0";
        let spec = "/spec/template/spec";
        let at = |base: &str, rest: &str| format!("{base}{rest}");
        let wrong = [
            (
                at(spec, "/automountServiceAccountToken"),
                json!(true),
                "token",
            ),
            (
                at(spec, "/securityContext/runAsNonRoot"),
                json!(false),
                "root",
            ),
            (at(spec, "/securityContext/runAsUser"), json!(0), "root"),
            (
                at(spec, "/securityContext/seccompProfile"),
                json!({}),
                "seccomp",
            ),
            (
                at(spec, "/terminationGracePeriodSeconds"),
                json!(40),
                "killed",
            ),
            (at(spec, "/volumes"), json!([]), "volume"),
            (at(container, "/lifecycle"), json!({}), "preStop"),
            (
                at(container, "/securityContext/readOnlyRootFilesystem"),
                json!(null),
                "write",
            ),
            (
                at(container, "/securityContext/allowPrivilegeEscalation"),
                json!(null),
                "privileges",
            ),
            (
                at(container, "/securityContext/capabilities/drop"),
                json!([]),
                "capabilities",
            ),
            (
                at(container, "/resources/limits/memory"),
                json!(null),
                "memory",
            ),
            (
                at(container, "/image"),
                json!("registry:5000/cast"),
                "version",
            ),
            (at(container, "/image"), json!("cast:latest"), "version"),
            (at(container, "/command/0"), json!("idenity"), "no program"),
            (
                at(container, "/livenessProbe"),
                json!(null),
                "livenessProbe",
            ),
            (at(container, "/ports"), json!([]), "readinessProbe asks"),
        ];
        for (path, value, word) in wrong {
            let mut pod = good();
            *pod.pointer_mut(&path).unwrap() = value;
            let found = problems(pod).join("\n");
            assert!(found.contains(word), "{path}: {found}");
        }
    }
}
