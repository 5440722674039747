//! The table of bindings: HTTP method and path of each RPC, and how its request is assembled.

use std::{fmt, sync::Arc};

use http::Method;
use prost_reflect::{DescriptorPool, DynamicMessage, MethodDescriptor, ReflectMessage as _, Value};

use crate::{
    binding_error::BindingError,
    content::Content,
    json,
    path::{Found, Path, Router, Template},
    query::Parameters,
    schema::{self, Field, Kind, MessageId, Scalar, Schema, Shape, WellKnown},
    wire::Malformed,
};

/// The bindings of all methods with `google.api.http` whose access is not `internal`.
pub struct Bindings {
    pub(crate) schema: Schema,
    pub(crate) all: Vec<Binding>,
    router: Router,
}

/// One HTTP method and path, and its RPC.
pub struct Binding {
    pub(crate) method: MethodDescriptor,
    pub(crate) http_method: Method,
    pub(crate) template_text: String,
    pub(crate) template: Template,
    pub(crate) variables: Vec<Bound>,
    pub(crate) input: MessageId,
    pub(crate) output: MessageId,
    pub(crate) body: BodyRule,
    /// Index of the field of the response that is the whole body.
    pub(crate) response_body: Option<usize>,
    /// Where a response that is not JSON has its content.
    pub(crate) content: Option<Arc<Content>>,
    pub(crate) access: Access,
    pub(crate) query: Parameters,
    /// The field that `Idempotency-Key` fills.
    pub(crate) request_id: Option<u32>,
    /// The field that `If-Match` fills: `etag` of the request or of the resource in its body.
    pub(crate) if_match: Option<Vec<u32>>,
    /// The field of the response header `ETag`.
    pub(crate) etag: Option<u32>,
    /// The string field `event_id` that becomes the `id` of a server-sent event.
    pub(crate) event_id: Option<u32>,
    /// 0 for the rule itself, 1, 2 … for its `additional_bindings`.
    pub(crate) ordinal: usize,
}

/// The target of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyRule {
    /// No body is accepted.
    None,
    /// The body is the request, without the fields bound by the path.
    Whole,
    /// The body is this field of the request (index).
    Field(usize),
}

/// A path variable and the field it fills.
#[derive(Debug)]
pub(crate) struct Bound {
    /// Dotted JSON names.
    pub name: String,
    /// Field numbers from the request down to the field.
    pub numbers: Vec<u32>,
    /// The message that has the field, and the field's index within it.
    pub message: MessageId,
    pub field: usize,
}

impl Bound {
    pub fn field<'s>(&self, schema: &'s Schema) -> &'s Field {
        &schema.message(self.message).fields[self.field]
    }
}

/// The access rule of a method: `cast.options.v1.access`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Callers who hold this permission on some organisation.
    Permission(String),
    /// Any signed-in person.
    Authenticated,
    /// Every caller.
    Public,
    /// Only the platform's own services; never offered over REST.
    Internal,
}

impl Bindings {
    /// Reads the bindings of all services in the pool.
    ///
    /// # Errors
    ///
    /// A route is ambiguous, unreachable or unprotected, see [`BindingError`].
    pub fn new(pool: &DescriptorPool) -> Result<Self, BindingError> {
        let mut bindings = Self {
            schema: Schema::default(),
            all: Vec::new(),
            router: Router::default(),
        };
        for method in pool
            .services()
            .flat_map(|service| service.methods().collect::<Vec<_>>())
        {
            let options = method.options();
            let Some(Value::Message(rule)) = schema::option(&options, "google.api.http") else {
                continue;
            };
            match access(&options) {
                None => {
                    return Err(BindingError::NoAccess {
                        method: method.full_name().to_owned(),
                    });
                }
                Some(Access::Internal) => {}
                Some(access) => bindings.add_method(&method, &rule, &access)?,
            }
        }
        if bindings.schema.has(WellKnown::Any) {
            Err(BindingError::Any)
        } else {
            Ok(bindings)
        }
    }

    /// All bindings, in the order of the descriptors.
    pub fn iter(&self) -> impl Iterator<Item = &Binding> {
        self.all.iter()
    }

    /// The binding of a request, by HTTP method and percent-encoded path.
    pub fn find(&self, method: &Method, path: &str) -> Option<&Binding> {
        match self.route(method, &Path::new(path)?) {
            Found::Binding(index) => Some(&self.all[index]),
            _ => None,
        }
    }

    pub(crate) fn route(&self, method: &Method, path: &Path<'_>) -> Found<'_> {
        self.router.find(method, path)
    }

    /// Encodes a response as JSON.
    pub(crate) fn encode(&self, binding: &Binding, message: &[u8]) -> Result<Vec<u8>, Malformed> {
        match binding.response_body {
            None => json::encode(&self.schema, binding.output, message),
            Some(at) => json::encode_field(&self.schema, binding.output, at, message),
        }
    }

    /// The path of a field of the request as the client of this binding sees it: if the body is one field, paths are
    /// relative to that field.
    pub(crate) fn client_path(&self, binding: &Binding, json_path: &str) -> String {
        let BodyRule::Field(at) = binding.body else {
            return json_path.to_owned();
        };
        let prefix = &self.schema.message(binding.input).fields[at].json_name;
        match json_path.strip_prefix(prefix.as_str()) {
            Some(inner) if inner.starts_with('[') => inner.to_owned(),
            Some(inner) if inner.starts_with('.') => inner[1..].to_owned(),
            _ => json_path.to_owned(),
        }
    }

    fn add_method(
        &mut self,
        method: &MethodDescriptor,
        rule: &DynamicMessage,
        access: &Access,
    ) -> Result<(), BindingError> {
        if method.is_client_streaming() {
            return Err(BindingError::ClientStreaming {
                method: method.full_name().to_owned(),
            });
        }
        let additional = field_of(rule, "additional_bindings");
        let additional = additional
            .as_ref()
            .and_then(Value::as_list)
            .unwrap_or_default();
        let rules = std::iter::once(rule).chain(additional.iter().filter_map(Value::as_message));
        for (ordinal, rule) in rules.enumerate() {
            let binding = Reader {
                schema: &mut self.schema,
                method,
            }
            .binding(rule, access, ordinal)?;
            let index = self.all.len();
            self.router
                .insert(&binding.http_method, &binding.template, index)
                .map_err(|earlier| BindingError::Conflict {
                    method: method.full_name().to_owned(),
                    other: self.all[earlier].method.full_name().to_owned(),
                    http_method: binding.http_method.to_string(),
                    template: binding.template_text.clone(),
                })?;
            self.all.push(binding);
        }
        Ok(())
    }
}

impl Binding {
    /// The field of the request that takes the body as it is, without JSON.
    pub(crate) fn raw_body<'s>(&self, schema: &'s Schema) -> Option<&'s Field> {
        let BodyRule::Field(at) = self.body else {
            return None;
        };
        let field = &schema.message(self.input).fields[at];
        schema.is_content(field.kind).then_some(field)
    }

    /// The RPC.
    pub fn method(&self) -> &MethodDescriptor {
        &self.method
    }

    /// The HTTP method.
    pub fn http_method(&self) -> &Method {
        &self.http_method
    }

    /// The path template as written in the contract.
    pub fn template(&self) -> &str {
        &self.template_text
    }

    /// Its access rule.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// Whether the response is a stream.
    pub fn is_streaming(&self) -> bool {
        self.method.is_server_streaming()
    }
}

/// Brief, because the descriptors of recursive messages would not end.
impl fmt::Debug for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} -> {}",
            self.http_method,
            self.template_text,
            self.method.full_name()
        )
    }
}

impl fmt::Debug for Bindings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.all).finish()
    }
}

fn access(options: &DynamicMessage) -> Option<Access> {
    let Some(Value::Message(access)) = schema::option(options, "cast.options.v1.access") else {
        return None;
    };
    let set = |name: &str| {
        field_of(&access, name)
            .and_then(|value| value.as_bool())
            .unwrap_or(false)
    };
    if let Some(Value::String(permission)) = field_of(&access, "permission") {
        return (!permission.is_empty()).then_some(Access::Permission(permission));
    }
    [
        ("authenticated", Access::Authenticated),
        ("public", Access::Public),
        ("internal", Access::Internal),
    ]
    .into_iter()
    .find_map(|(name, access)| set(name).then_some(access))
}

/// The value of a field that is set.
fn field_of(message: &DynamicMessage, name: &str) -> Option<Value> {
    let field = message.descriptor().get_field_by_name(name)?;
    message
        .has_field(&field)
        .then(|| message.get_field(&field).into_owned())
}

struct Reader<'a> {
    schema: &'a mut Schema,
    method: &'a MethodDescriptor,
}

impl Reader<'_> {
    fn binding(
        self,
        rule: &DynamicMessage,
        access: &Access,
        ordinal: usize,
    ) -> Result<Binding, BindingError> {
        let (http_method, template_text) = self.pattern(rule)?;
        let template = Template::parse(&template_text).map_err(|error| BindingError::Template {
            method: self.name(),
            template: template_text.clone(),
            error: error.to_string(),
        })?;
        let input = self.schema.add(&self.method.input());
        let output = self.schema.add(&self.method.output());
        let variables = self.variables(input, &template, &template_text)?;
        let body = self.body(rule, input, &http_method)?;
        let response_body = self.response_body(rule, output)?;

        let schema = &*self.schema;
        let content = Content::of(schema, output, response_body).map(Arc::new);
        let sent = match body {
            BodyRule::Field(at) => Some(at),
            _ => None,
        };
        let hidden = has_other_content(schema, input, sent)
            || has_other_content(schema, output, response_body);
        if hidden || schema.is_content(Kind::Message(input)) {
            return Err(BindingError::Content {
                method: self.name(),
            });
        }
        let mut bound: Vec<_> = variables.iter().map(|v| v.numbers.clone()).collect();
        if let BodyRule::Field(at) = body {
            bound.push(vec![schema.message(input).fields[at].number]);
        }
        let query = match body {
            BodyRule::Whole => Parameters::default(),
            _ => Parameters::new(schema, input, &bound, self.method.full_name())?,
        };
        let write = http_method != Method::GET;
        Ok(Binding {
            request_id: string_field(schema, input, "request_id").filter(|_| write),
            if_match: if_match(schema, input, body, &http_method).filter(|_| write),
            etag: string_field(schema, output, "etag")
                .filter(|_| !self.method.is_server_streaming()),
            event_id: string_field(schema, output, "event_id"),
            method: self.method.clone(),
            http_method,
            template_text,
            template,
            variables,
            input,
            output,
            body,
            response_body,
            content,
            access: access.clone(),
            query,
            ordinal,
        })
    }

    fn name(&self) -> String {
        self.method.full_name().to_owned()
    }

    fn pattern(&self, rule: &DynamicMessage) -> Result<(Method, String), BindingError> {
        for (name, method) in [
            ("get", Method::GET),
            ("put", Method::PUT),
            ("post", Method::POST),
            ("delete", Method::DELETE),
            ("patch", Method::PATCH),
        ] {
            if let Some(Value::String(template)) = field_of(rule, name) {
                return Ok((method, template));
            }
        }
        let none = || BindingError::NoPattern {
            method: self.name(),
        };
        let Some(Value::Message(custom)) = field_of(rule, "custom") else {
            return Err(none());
        };
        let text = |name| {
            field_of(&custom, name)
                .and_then(|v| v.as_str().map(str::to_owned))
                .unwrap_or_default()
        };
        let kind = Method::from_bytes(text("kind").as_bytes()).map_err(|_| none())?;
        // The transcoder itself handles HEAD and OPTIONS; `*` is not a method.
        if [Method::HEAD, Method::OPTIONS, Method::CONNECT].contains(&kind) || text("kind") == "*" {
            return Err(none());
        }
        Ok((kind, text("path")))
    }

    fn variables(
        &self,
        input: MessageId,
        template: &Template,
        text: &str,
    ) -> Result<Vec<Bound>, BindingError> {
        let mut variables: Vec<Bound> = Vec::new();
        for variable in &template.variables {
            let bad = |need| BindingError::Field {
                method: self.name(),
                place: "the path template",
                field: variable.field.clone(),
                need,
            };
            let (mut message, mut numbers, mut names) = (input, Vec::new(), Vec::new());
            let mut parts = variable.field.split('.').peekable();
            let field = loop {
                let part = parts.next().unwrap_or_default();
                let descriptors = self.schema.message(message);
                let at = descriptors
                    .field_index(part)
                    .filter(|at| descriptors.fields[*at].name == part);
                let at = at.ok_or_else(|| bad("the request has none of that name"))?;
                let field = &descriptors.fields[at];
                numbers.push(field.number);
                names.push(field.json_name.clone());
                if parts.peek().is_none() {
                    break at;
                }
                match (field.kind, field.shape) {
                    (Kind::Message(inner), Shape::Single { .. }) => message = inner,
                    _ => return Err(bad("only a single message has fields")),
                }
            };
            let leaf = &self.schema.message(message).fields[field];
            if !matches!(
                (leaf.kind, leaf.shape),
                (Kind::Scalar(_) | Kind::Enum(_), Shape::Single { .. })
            ) {
                return Err(bad("a path fills a single scalar or enum field"));
            }
            if variables.iter().any(|other| other.numbers == numbers) {
                return Err(BindingError::Template {
                    method: self.name(),
                    template: text.to_owned(),
                    error: format!("{} is bound twice", variable.field),
                });
            }
            variables.push(Bound {
                name: names.join("."),
                numbers,
                message,
                field,
            });
        }
        Ok(variables)
    }

    fn body(
        &self,
        rule: &DynamicMessage,
        input: MessageId,
        http_method: &Method,
    ) -> Result<BodyRule, BindingError> {
        let rule = match field_of(rule, "body") {
            Some(Value::String(body)) if body == "*" => BodyRule::Whole,
            Some(Value::String(body)) if !body.is_empty() => {
                BodyRule::Field(self.top_level(input, "body", &body)?)
            }
            _ => return Ok(BodyRule::None),
        };
        // RFC 9110 gives content of GET and DELETE no meaning, and intermediaries drop it.
        if [Method::GET, Method::DELETE].contains(http_method) {
            return Err(BindingError::BodyNotAllowed {
                method: self.name(),
                http_method: http_method.to_string(),
            });
        }
        Ok(rule)
    }

    fn response_body(
        &self,
        rule: &DynamicMessage,
        output: MessageId,
    ) -> Result<Option<usize>, BindingError> {
        match field_of(rule, "response_body") {
            Some(Value::String(name)) if !name.is_empty() => {
                Ok(Some(self.top_level(output, "response_body", &name)?))
            }
            _ => Ok(None),
        }
    }

    fn top_level(
        &self,
        message: MessageId,
        place: &'static str,
        name: &str,
    ) -> Result<usize, BindingError> {
        let message = self.schema.message(message);
        message
            .field_index(name)
            .filter(|at| message.fields[*at].name == name)
            .ok_or_else(|| BindingError::Field {
                method: self.name(),
                place,
                field: name.to_owned(),
                need: "it must be a top-level field",
            })
    }
}

/// Whether raw content is anywhere in a message but in the field `body`.
fn has_other_content(schema: &Schema, message: MessageId, body: Option<usize>) -> bool {
    let mut seen = vec![message];
    let mut open = vec![(message, body)];
    while let Some((message, body)) = open.pop() {
        for (at, field) in schema.message(message).fields.iter().enumerate() {
            let single = matches!(field.shape, Shape::Single { .. });
            if schema.is_content(field.kind) {
                if Some(at) != body || !single {
                    return true;
                }
            } else if let Kind::Message(inner) = field.kind
                && !seen.contains(&inner)
            {
                seen.push(inner);
                open.push((inner, None));
            }
        }
    }
    false
}

fn string_field(schema: &Schema, message: MessageId, name: &str) -> Option<u32> {
    let field = schema.message(message).field_by_name(name)?;
    let fits =
        field.kind == Kind::Scalar(Scalar::String) && matches!(field.shape, Shape::Single { .. });
    fits.then_some(field.number)
}

/// `etag` of the request itself, or of the resource in the body of an update (AIP-154).
fn if_match(
    schema: &Schema,
    input: MessageId,
    body: BodyRule,
    http_method: &Method,
) -> Option<Vec<u32>> {
    if let Some(number) = string_field(schema, input, "etag") {
        return Some(vec![number]);
    }
    let BodyRule::Field(at) = body else {
        return None;
    };
    let field = &schema.message(input).fields[at];
    let (Kind::Message(inner), Shape::Single { .. }) = (field.kind, field.shape) else {
        return None;
    };
    let update = [Method::PATCH, Method::PUT].contains(http_method);
    let number = string_field(schema, inner, "etag").filter(|_| update)?;
    Some(vec![field.number, number])
}
