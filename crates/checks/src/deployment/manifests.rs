//! The rendered manifests, and queries on them.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use platform::workspace;
use serde_json::Value;

/// The oldest supported version of Kubernetes (for `preStop` with sleep), and the newest with available schemas.
const VERSIONS: [&str; 2] = ["1.30", "1.37"];
const SCRIPT: &str = include_str!("manifests.py");

/// Labels of a pod.
pub type Labels = BTreeMap<String, String>;

/// The rendered overlay.
pub struct Manifests(pub Vec<Value>);

/// The pods of a Deployment, StatefulSet or Job.
pub struct Pods<'a> {
    /// E.g. `Deployment`.
    pub kind: &'a str,
    /// Of the workload.
    pub name: &'a str,
    /// Of the pods.
    pub labels: Labels,
    /// Of the pods.
    pub spec: &'a Value,
}

/// The source of a variable's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The manifest; `$(OTHER)` in it refers to another variable.
    Text(String),
    /// A key of a Secret.
    Secret { name: String, key: String },
    /// Kubernetes, e.g. the name of the pod.
    Field(String),
}

/// A command of the Python libraries in `tools`, fed with `input`.
pub fn python(tools: &Path, arguments: &[&str], input: &[u8]) -> Result<Value> {
    let mut command = Command::new(tools.join("python"));
    command.args(["-c", SCRIPT]).args(arguments);
    let output = piped(&mut command, input)?;
    serde_json::from_slice(&output).context("manifests.py answered no JSON")
}

/// Runs a command with `input` on its standard input and returns its output; its stderr becomes the error.
pub fn piped(command: &mut Command, input: &[u8]) -> Result<Vec<u8>> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run {}", command.get_program().display()))?;
    let mut stdin = child.stdin.take().context("no standard input")?;
    let output = std::thread::scope(|scope| {
        // Concurrent with reading, to avoid a deadlock.
        scope.spawn(move || stdin.write_all(input));
        child.wait_with_output()
    })?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(output.stdout)
}

impl Manifests {
    /// Renders an overlay below `k8s/` and validates each manifest strictly.
    pub fn render(tools: &Path, overlay: &str) -> Result<Self> {
        let k8s = workspace().join("k8s");
        let mut kustomize = Command::new(tools.join("kubectl"));
        kustomize
            .arg("kustomize")
            .arg(k8s.join("overlays").join(overlay));
        let rendered = piped(&mut kustomize, &[])?;
        let schemas = k8s.join("schemas").display().to_string();
        let arguments = [&["check", schemas.as_str()], VERSIONS.as_slice()].concat();
        match python(tools, &arguments, &rendered)? {
            Value::Array(manifests) => Ok(Self(manifests)),
            _ => bail!("manifests.py answered no list"),
        }
    }

    /// All of a kind.
    pub fn of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        self.0
            .iter()
            .filter(move |manifest| manifest["kind"] == kind)
    }

    /// The one of a kind with this name.
    pub fn get(&self, kind: &str, wanted: &str) -> Option<&Value> {
        self.0
            .iter()
            .find(|manifest| manifest["kind"] == kind && name(manifest) == wanted)
    }

    /// Workloads with containers of the platform or NATS. The pods of the databases are created by their operator.
    pub fn pods(&self) -> Vec<Pods<'_>> {
        let kinds = ["Deployment", "StatefulSet", "Job"];
        kinds
            .into_iter()
            .flat_map(|kind| self.of(kind).map(move |manifest| (kind, manifest)))
            .map(|(kind, manifest)| Pods {
                kind,
                name: name(manifest),
                labels: labels(&manifest["spec"]["template"]["metadata"]["labels"]),
                spec: &manifest["spec"]["template"]["spec"],
            })
            .collect()
    }

    /// The variables of a container in order, later ones last; those of its ConfigMaps first.
    pub fn environment(&self, container: &Value) -> Result<Vec<(String, Source)>> {
        let mut environment = Vec::new();
        for from in list(&container["envFrom"]) {
            let wanted = text(&from["configMapRef"]["name"]);
            let config = self
                .get("ConfigMap", wanted)
                .with_context(|| format!("there is no ConfigMap {wanted}"))?;
            for (key, value) in config["data"].as_object().into_iter().flatten() {
                environment.push((key.clone(), Source::Text(text(value).to_owned())));
            }
        }
        for variable in list(&container["env"]) {
            let from = &variable["valueFrom"];
            let source = match (&from["secretKeyRef"], &from["fieldRef"]) {
                (Value::Object(secret), _) => Source::Secret {
                    name: text(&secret["name"]).to_owned(),
                    key: text(&secret["key"]).to_owned(),
                },
                (_, Value::Object(field)) => Source::Field(text(&field["fieldPath"]).to_owned()),
                _ => Source::Text(text(&variable["value"]).to_owned()),
            };
            environment.push((text(&variable["name"]).to_owned(), source));
        }
        Ok(environment)
    }
}

impl Pods<'_> {
    /// Its containers.
    pub fn containers(&self) -> impl Iterator<Item = &Value> {
        list(&self.spec["initContainers"])
            .iter()
            .chain(list(&self.spec["containers"]))
    }

    /// Its name in messages.
    pub fn title(&self) -> String {
        format!("{} {}", self.kind, self.name)
    }

    /// The number of a port given by name or number.
    pub fn port(&self, port: &Value) -> Option<u64> {
        let named = |name: &str| {
            self.containers()
                .flat_map(|container| list(&container["ports"]))
                .find(|port| port["name"] == name)?["containerPort"]
                .as_u64()
        };
        port.as_u64().or_else(|| named(port.as_str()?))
    }
}

/// The name of a manifest.
pub fn name(manifest: &Value) -> &str {
    text(&manifest["metadata"]["name"])
}

/// A text; empty if it is not one.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A list; empty if it is not one.
pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Labels; empty if there are none.
pub fn labels(value: &Value) -> Labels {
    let pairs = value.as_object().into_iter().flatten();
    pairs
        .map(|(key, value)| (key.clone(), text(value).to_owned()))
        .collect()
}

/// Whether a label selector (`matchLabels`, `matchExpressions`) selects these labels. An empty one selects everything.
pub fn selects(selector: &Value, on: &Labels) -> bool {
    let equal = labels(&selector["matchLabels"])
        .iter()
        .all(|(key, value)| on.get(key) == Some(value));
    equal
        && list(&selector["matchExpressions"])
            .iter()
            .all(|expression| {
                let value = on.get(text(&expression["key"]));
                let among = || {
                    let values = list(&expression["values"]);
                    value.is_some_and(|value| values.iter().any(|one| text(one) == value))
                };
                match text(&expression["operator"]) {
                    "In" => among(),
                    "NotIn" => !among(),
                    "Exists" => value.is_some(),
                    "DoesNotExist" => value.is_none(),
                    _ => false,
                }
            })
}

/// YAML documents, unvalidated.
pub fn piped_yaml(tools: &Path, yaml: &[u8]) -> Result<Vec<Value>> {
    match python(tools, &["yaml"], yaml)? {
        Value::Array(documents) => Ok(documents),
        _ => bail!("manifests.py answered no list"),
    }
}
