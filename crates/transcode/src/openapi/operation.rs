//! One operation per binding.

use std::collections::HashMap;

use http::Method;
use prost_reflect::ServiceDescriptor;
use serde_json::{Map, Value, json};

use super::{
    comments::{Comments, first_sentence},
    constraints::Rules,
    example, problems,
    schemas::{Direction, Schemas, scalar_schema},
};
use crate::{
    bindings::{Access, Binding, Bindings, BodyRule},
    content::OCTETS,
    path::Atom,
    query::Parameter,
    schema::{Field, Kind, Scalar, Shape},
    stream,
};

pub(super) struct Operations<'a> {
    pub bindings: &'a Bindings,
    pub schemas: Schemas<'a>,
    /// Responses under `components`, written when first referred to.
    pub responses: Map<String, Value>,
    pub services: Vec<Service>,
}

/// A service and its tag.
pub(super) struct Service {
    descriptor: ServiceDescriptor,
    label: String,
}

impl Service {
    /// In the order of the bindings; a name that two packages use is qualified.
    pub fn all(bindings: &Bindings) -> Vec<Self> {
        let mut services: Vec<Self> = Vec::new();
        for binding in &bindings.all {
            let descriptor = binding.method.parent_service();
            if services
                .iter()
                .all(|service| service.descriptor != *descriptor)
            {
                let label = descriptor.name().to_owned();
                services.push(Self {
                    descriptor: descriptor.clone(),
                    label,
                });
            }
        }
        let mut count: HashMap<String, usize> = HashMap::new();
        services
            .iter()
            .for_each(|service| *count.entry(service.label.clone()).or_default() += 1);
        for service in services
            .iter_mut()
            .filter(|service| count[&service.label] > 1)
        {
            service.label = service.descriptor.full_name().to_owned();
        }
        services
    }

    pub fn tag(&self, comments: &Comments) -> Value {
        let description = comments.of(&self.descriptor.parent_file(), self.descriptor.path());
        json!({ "name": self.label, "description": description })
    }
}

impl Operations<'_> {
    /// (path, HTTP method in lower case, operation), in the order of the bindings.
    pub fn all(&mut self) -> Vec<(String, String, Value)> {
        let mut operations = Vec::new();
        // Paths of the same shape are one path item, with the parameter names of the first one.
        let mut shapes: HashMap<String, Vec<PathPart>> = HashMap::new();
        let bindings = self.bindings;
        for binding in &bindings.all {
            let parts = path_parts(binding);
            let shape = render(&parts, binding, |_| "*");
            let parts = shapes.entry(shape).or_insert(parts).clone();
            let path = render(&parts, binding, |name| name);
            let method = binding.http_method.as_str().to_ascii_lowercase();
            operations.push((path, method, self.operation(binding, &parts)));
        }
        operations
    }

    fn operation(&mut self, binding: &Binding, path: &[PathPart]) -> Value {
        let method = &binding.method;
        let comment = self
            .schemas
            .comments
            .of(&method.parent_service().parent_file(), method.path())
            .to_owned();
        let label = self
            .services
            .iter()
            .find(|service| service.descriptor == *method.parent_service());
        let label = label.map_or_else(
            || method.parent_service().name().to_owned(),
            |service| service.label.clone(),
        );
        let mut operation = Map::new();
        operation.insert("tags".into(), json!([label]));
        let summary = first_sentence(&comment);
        operation.insert(
            "summary".into(),
            if summary.is_empty() {
                method.name()
            } else {
                summary
            }
            .into(),
        );
        operation.insert("description".into(), describe(binding, &comment).into());
        let suffix = if binding.ordinal == 0 {
            String::new()
        } else {
            format!("_{}", binding.ordinal + 1)
        };
        operation.insert(
            "operationId".into(),
            format!("{label}_{}{suffix}", method.name())
                .replace('.', "_")
                .into(),
        );
        if let Access::Permission(permission) = &binding.access {
            operation.insert("x-permission".into(), permission.as_str().into());
        }
        let deprecated = method
            .options()
            .get_field_by_name("deprecated")
            .and_then(|value| value.as_bool());
        if deprecated == Some(true) {
            operation.insert("deprecated".into(), true.into());
        }
        operation.insert("security".into(), security(&binding.access));
        let parameters = self.parameters(binding, path);
        if !parameters.is_empty() {
            operation.insert("parameters".into(), parameters.into());
        }
        if let Some(body) = self.request_body(binding) {
            operation.insert("requestBody".into(), body);
        }
        operation.insert("responses".into(), self.responses(binding).into());
        operation.into()
    }

    fn parameters(&mut self, binding: &Binding, path: &[PathPart]) -> Vec<Value> {
        let mut parameters: Vec<_> = path
            .iter()
            .filter_map(|part| self.path_parameter(binding, part))
            .collect();
        for parameter in &binding.query.all {
            let by_header = parameter.parents.is_empty()
                && self.by_header(binding, parameter.field(&self.bindings.schema));
            if !by_header {
                parameters.push(self.query_parameter(binding, parameter));
            }
        }
        parameters.extend(self.header_parameters(binding));
        parameters
    }

    fn path_parameter(&mut self, binding: &Binding, part: &PathPart) -> Option<Value> {
        let PathPart::Parameter { name, variable } = part else {
            return None;
        };
        let bound = variable.and_then(|at| binding.variables.get(at));
        let field = bound.map(|bound| bound.field(&self.bindings.schema));
        let whole = variable.is_some_and(|at| {
            let variable = &binding.template.variables[at];
            variable.end - variable.start == 1
                && binding.template.atoms[variable.start] == Atom::One
        });
        let (mut schema, description, example) = match field {
            Some(field) if whole => {
                let mut schema = self.schemas.field(field, Direction::Request);
                let description = schema.remove("description").unwrap_or_default();
                (
                    schema,
                    description,
                    example::field(&self.bindings.schema, field, Direction::Request),
                )
            }
            field => {
                let text = field
                    .map(|field| format!("Part of `{}`.", field.json_name))
                    .unwrap_or_default();
                let example = if name.ends_with("Id") {
                    "0197c2a4-6f3e-7b10-9c5d-4e8f20a1b3c7"
                } else {
                    "a1"
                };
                (
                    scalar_schema(Scalar::String, Direction::Request),
                    text.into(),
                    Some(example.into()),
                )
            }
        };
        if schema.get("type") == Some(&"string".into()) && !schema.contains_key("enum") {
            schema.entry("minLength").or_insert(1.into());
        }
        in_text(&mut schema);
        Some(parameter(name, "path", true, schema, description, example))
    }

    fn query_parameter(&mut self, binding: &Binding, query: &Parameter) -> Value {
        let schema = &self.bindings.schema;
        let field = query.field(schema);
        let mut written = self.schemas.field(field, Direction::Request);
        let mut description = written.remove("description").unwrap_or_default();
        if let Some(oneof) = field.oneof {
            // OpenAPI can express this only in text.
            let fields = schema.message(query.message).fields.iter();
            let others =
                fields.filter(|other| other.oneof == Some(oneof) && other.number != field.number);
            let others: Vec<_> = others
                .map(|other| format!("`{}`", other.json_name))
                .collect();
            let said = description.as_str().unwrap_or_default();
            description = format!("{said} Excludes {}.", others.join(", "))
                .trim()
                .into();
        }
        in_text(&mut written);
        if let Some(Value::Object(items)) = written.get_mut("items") {
            in_text(items);
        }
        // A required field of an optional message is required only if the message is present.
        let mut message = binding.input;
        let parents_required = query.parents.iter().all(|number| {
            let fields = schema.message(message);
            let parent = fields.index_of_number(*number).map(|at| &fields.fields[at]);
            parent.is_some_and(|parent| {
                if let Kind::Message(inner) = parent.kind {
                    message = inner;
                }
                Rules::of(&parent.descriptor).required(schema, parent)
            })
        });
        let required = parents_required && Rules::of(&field.descriptor).required(schema, field);
        let example = example::field(schema, field, Direction::Request);
        parameter(
            &query.name,
            "query",
            required,
            written,
            description,
            example,
        )
    }

    /// Whether a top-level field is documented as a header.
    fn by_header(&self, binding: &Binding, field: &Field) -> bool {
        Some(field.number) == binding.request_id
            || binding.if_match.as_deref() == Some(std::slice::from_ref(&field.number))
    }

    fn header_parameters(&mut self, binding: &Binding) -> Vec<Value> {
        let schema = &self.bindings.schema;
        let mut parameters = Vec::new();
        let input = schema.message(binding.input);
        let field = |number: u32| input.index_of_number(number).map(|at| &input.fields[at]);
        if let Some(field) = binding.request_id.and_then(field) {
            let mut written = self.schemas.field(field, Direction::Request);
            let said = written.remove("description").unwrap_or_default();
            let text = format!(
                "Makes the request safe to repeat: sent again with the same key it takes effect once, with another \
                 content it is refused. May be given as the field `{}` instead. {}",
                field.json_name,
                said.as_str().unwrap_or_default()
            );
            written.entry("minLength").or_insert(1.into());
            let required = Rules::of(&field.descriptor).required(schema, field);
            let example = example::field(schema, field, Direction::Request);
            parameters.push(parameter(
                "Idempotency-Key",
                "header",
                required,
                written,
                text.trim().into(),
                example,
            ));
        }
        if let Some(path) = &binding.if_match {
            // The etag of a resource may be in the body instead, so only an etag of the request itself can be required.
            let own = if let [number] = path[..] {
                field(number)
            } else {
                None
            };
            let required =
                own.is_some_and(|field| Rules::of(&field.descriptor).required(schema, field));
            let written = json!({ "type": "string", "pattern": "^(?:\\*|\"[!#-~]+\")$" });
            let text = "The `ETag` the change is based on; if the resource was changed since, the answer is 412. May be \
                        given as the field `etag`, without quotes, instead.";
            let Value::Object(written) = written else {
                return parameters;
            };
            let example = Some(json!("\"9f2c41d7\""));
            parameters.push(parameter(
                "If-Match",
                "header",
                required,
                written,
                text.into(),
                example,
            ));
        }
        parameters
    }

    fn request_body(&mut self, binding: &Binding) -> Option<Value> {
        let schema = &self.bindings.schema;
        if let Some(field) = binding.raw_body(schema) {
            let required = Rules::of(&field.descriptor).required(schema, field);
            return Some(json!({ "required": required, "content": { OCTETS: binary() } }));
        }
        let input = schema.message(binding.input);
        let (written, example, required) = match binding.body {
            BodyRule::None => return None,
            BodyRule::Whole => {
                let in_path = binding
                    .variables
                    .iter()
                    .filter(|bound| bound.numbers.len() == 1);
                let mut elsewhere: Vec<u32> = in_path.map(|bound| bound.numbers[0]).collect();
                elsewhere.extend(
                    input
                        .fields
                        .iter()
                        .filter(|f| self.by_header(binding, f))
                        .map(|f| f.number),
                );
                elsewhere.sort_unstable();
                elsewhere.dedup();
                let required = input.fields.iter().any(|field| {
                    !elsewhere.contains(&field.number)
                        && Rules::of(&field.descriptor).required(schema, field)
                });
                (
                    self.schemas
                        .message(binding.input, Direction::Request, &elsewhere),
                    Some(example::message(
                        schema,
                        binding.input,
                        Direction::Request,
                        &elsewhere,
                    )),
                    required,
                )
            }
            BodyRule::Field(at) => {
                let field = &input.fields[at];
                let required = Rules::of(&field.descriptor).required(schema, field);
                match (field.kind, field.shape) {
                    (Kind::Message(id), Shape::Single { .. }) => {
                        let elsewhere = elsewhere_in(binding, field);
                        let written = self.schemas.message(id, Direction::Request, &elsewhere);
                        let example = example::message(schema, id, Direction::Request, &elsewhere);
                        (written, Some(example), required)
                    }
                    _ => {
                        let written = Value::Object(self.schemas.field(field, Direction::Request));
                        (
                            written,
                            example::field(schema, field, Direction::Request),
                            required,
                        )
                    }
                }
            }
        };
        let mut media = json!({ "schema": written });
        if let Some(example) = example {
            media["example"] = example;
        }
        Some(json!({ "required": required, "content": { "application/json": media } }))
    }

    fn responses(&mut self, binding: &Binding) -> Map<String, Value> {
        let mut responses = Map::new();
        responses.insert("200".into(), self.success(binding));
        let domain = binding.method.parent_file().package_name().to_owned();
        let domain = format!("{}.cast", domain.split('.').nth(1).unwrap_or_default());
        let raw = binding.raw_body(&self.bindings.schema).is_some();
        for status in statuses(binding, raw) {
            let (name, response) = problems::of(&domain, status);
            responses.insert(
                status.to_string(),
                json!({ "$ref": format!("#/components/responses/{name}") }),
            );
            self.responses.entry(name).or_insert(response);
        }
        responses.insert(
            "default".into(),
            json!({ "$ref": "#/components/responses/Problem" }),
        );
        responses
    }

    fn success(&mut self, binding: &Binding) -> Value {
        let schema = &self.bindings.schema;
        if binding.content.is_some() {
            return json!({
                "description": "The content, with its type in `Content-Type` and its name in `Content-Disposition`. A connection that \
                                breaks before `Content-Length` is reached, or before the last chunk, delivered a part only.",
                "content": { "*/*": binary() },
            });
        }
        let output = schema.message(binding.output);
        let (written, example) = match binding.response_body {
            None => (
                self.schemas
                    .message(binding.output, Direction::Response, &[]),
                Some(example::message(
                    schema,
                    binding.output,
                    Direction::Response,
                    &[],
                )),
            ),
            Some(at) => (
                Value::Object(self.schemas.field(&output.fields[at], Direction::Response)),
                example::field(schema, &output.fields[at], Direction::Response),
            ),
        };
        if binding.is_streaming() {
            let text = |said: &str| json!({ "schema": { "type": "string", "description": said }, "x-item-schema": written });
            return json!({
                "description": "A stream that goes on until either side ends it.",
                "content": {
                    stream::EVENTS: text("One event a message, JSON in `data`; comments keep the connection alive; a failure is a last event `error` with a problem."),
                    stream::NDJSON: text("One line a message; a failure is a last line `{\"error\": problem}`. This is sent unless `Accept` names text/event-stream."),
                },
            });
        }
        let mut media = json!({ "schema": written });
        if let Some(example) = example {
            media["example"] = example;
        }
        let mut response =
            json!({ "description": "Done.", "content": { "application/json": media } });
        if binding.etag.is_some() {
            response["headers"] = json!({
                "ETag": {
                    "description": "The version of the resource, for `If-Match`. Missing while it has none.",
                    "schema": { "type": "string" },
                },
            });
        }
        response
    }
}

/// Any bytes.
fn binary() -> Value {
    json!({ "schema": { "type": "string", "format": "binary" } })
}

/// Fields of the message in the body that the path or a header fills.
fn elsewhere_in(binding: &Binding, body: &Field) -> Vec<u32> {
    let in_path = binding
        .variables
        .iter()
        .map(|bound| bound.numbers.as_slice());
    let filled = in_path.chain(binding.if_match.as_deref());
    let mut elsewhere: Vec<u32> = filled
        .filter_map(|path| match path {
            [outer, inner] if *outer == body.number => Some(*inner),
            _ => None,
        })
        .collect();
    elsewhere.sort_unstable();
    elsewhere
}

/// The problem statuses of an operation.
fn statuses(binding: &Binding, raw: bool) -> Vec<u16> {
    let write = binding.http_method != Method::GET;
    let body = binding.body != BodyRule::None;
    let mut statuses = vec![400];
    if binding.access != Access::Public {
        statuses.extend([401, 403]);
    }
    statuses.push(404);
    if body {
        statuses.push(408);
    }
    if write {
        statuses.push(409);
    }
    if binding.if_match.is_some() {
        statuses.push(412);
    }
    if body {
        statuses.push(413);
    }
    if body && !raw {
        statuses.push(415);
    }
    if write {
        statuses.push(422);
    }
    statuses.extend([429, 500, 503, 504]);
    statuses
}

fn describe(binding: &Binding, comment: &str) -> String {
    let access = match &binding.access {
        Access::Permission(permission) => format!("Requires the permission `{permission}`."),
        Access::Authenticated => "Requires sign-in.".to_owned(),
        _ => "Open to everybody.".to_owned(),
    };
    if comment.is_empty() {
        access
    } else {
        format!("{comment}\n\n{access}")
    }
}

fn security(access: &Access) -> Value {
    let scopes = match access {
        Access::Permission(permission) => json!([permission]),
        _ => json!([]),
    };
    let mut ways = vec![
        json!({ "token": [] }),
        json!({ "session": [] }),
        json!({ "openid": scopes }),
    ];
    if *access == Access::Public {
        ways.insert(0, json!({}));
    }
    ways.into()
}

fn parameter(
    name: &str,
    place: &str,
    required: bool,
    schema: Map<String, Value>,
    description: Value,
    example: Option<Value>,
) -> Value {
    let mut parameter =
        json!({ "name": name, "in": place, "required": required, "schema": schema });
    if description.as_str().is_some_and(|text| !text.is_empty()) {
        parameter["description"] = description;
    }
    if let Some(example) = example {
        parameter["example"] = example;
    }
    parameter
}

/// In paths and queries everything is text, so a 64-bit integer is a string of digits.
fn in_text(schema: &mut Map<String, Value>) {
    if schema.get("type").is_some_and(Value::is_array) {
        schema.insert("type".into(), "string".into());
    }
}

/// A part of a documented path.
#[derive(Clone)]
enum PathPart {
    Literal(String),
    /// `variable`: the index of the template's variable that it is or belongs to.
    Parameter {
        name: String,
        variable: Option<usize>,
    },
}

/// OpenAPI parameters are single segments, so a variable that spans several is written as its parts:
/// `{name=organisations/*/memberships/*}` is `organisations/{organisationId}/memberships/{membershipId}`.
fn path_parts(binding: &Binding) -> Vec<PathPart> {
    let mut parts = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for (at, atom) in binding.template.atoms.iter().enumerate() {
        if let Atom::Literal(text) = atom {
            parts.push(PathPart::Literal(text.clone()));
            continue;
        }
        let variable = binding
            .template
            .variables
            .iter()
            .position(|v| (v.start..v.end).contains(&at));
        let alone = variable.is_some_and(|v| {
            let variable = &binding.template.variables[v];
            variable.end - variable.start == 1
        });
        let mut name = match (variable, parts.last()) {
            (Some(v), _) if alone => binding.variables[v].name.clone(),
            (_, Some(PathPart::Literal(before))) if *atom == Atom::One => {
                format!("{}Id", singular(before))
            }
            _ => "path".to_owned(),
        };
        while names.contains(&name) {
            name.push('_');
        }
        names.push(name.clone());
        parts.push(PathPart::Parameter { name, variable });
    }
    parts
}

fn singular(plural: &str) -> String {
    match plural {
        _ if plural.ends_with("ies") => format!("{}y", &plural[..plural.len() - 3]),
        _ => plural.strip_suffix('s').unwrap_or(plural).to_owned(),
    }
}

fn render<'p>(
    parts: &'p [PathPart],
    binding: &Binding,
    name: impl Fn(&'p str) -> &'p str,
) -> String {
    let mut path = String::new();
    for part in parts {
        path.push('/');
        match part {
            PathPart::Literal(text) => path.push_str(text),
            PathPart::Parameter { name: given, .. } => {
                path.push_str(&format!("{{{}}}", name(given)))
            }
        }
    }
    if let Some(verb) = &binding.template.verb {
        path.push(':');
        path.push_str(verb);
    }
    path
}
