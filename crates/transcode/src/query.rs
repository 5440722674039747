//! Query parameters: every field bound by neither the path nor the body, by its dotted JSON (or proto) name.

use std::collections::HashMap;

use problem::{Problem, Words};

use crate::{
    binding_error::BindingError,
    path,
    schema::{Field, Kind, MessageId, Schema, Shape},
    text, wire,
};
use proto::reasons;

/// The parameters of one binding.
#[derive(Debug, Default)]
pub(crate) struct Parameters {
    /// By every dotted spelling, JSON and proto names in any mix.
    by_name: HashMap<String, usize>,
    pub all: Vec<Parameter>,
}

/// One query parameter.
#[derive(Debug)]
pub(crate) struct Parameter {
    /// Dotted JSON names, e.g. `filter.createdAfter`.
    pub name: String,
    /// Field numbers from the request down to the message that has the field.
    pub parents: Vec<u32>,
    /// The message that has the field, and the field's index within it.
    pub message: MessageId,
    pub field: usize,
    /// Oneofs on the path: (names of the message path, index of the oneof, member taken).
    oneofs: Vec<(String, usize, u32)>,
}

impl Parameter {
    pub fn field<'s>(&self, schema: &'s Schema) -> &'s Field {
        &schema.message(self.message).fields[self.field]
    }
}

impl Parameters {
    /// `bound` are the field number paths bound by the path template or the body.
    pub fn new(
        schema: &Schema,
        request: MessageId,
        bound: &[Vec<u32>],
        method: &str,
    ) -> Result<Self, BindingError> {
        let mut parameters = Self::default();
        let mut walk = Walk {
            schema,
            bound,
            method,
            into: &mut parameters,
            messages: Vec::new(),
        };
        walk.message(
            request,
            &Trail {
                spellings: vec![String::new()],
                ..Trail::default()
            },
        )?;
        Ok(parameters)
    }

    /// Appends the parameters of a raw query string to the encoded request.
    pub fn read(&self, schema: &Schema, raw: &str, out: &mut Vec<u8>) -> Result<(), Problem> {
        let mut violations = Vec::new();
        let mut refuse = |name: &str, words: Words| violations.push((name.to_owned(), words));
        let mut seen = vec![false; self.all.len()];
        let mut members: HashMap<(&str, usize), u32> = HashMap::new();
        for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (Some(name), Some(value)) = (form_decode(name), form_decode(value)) else {
                refuse(
                    name,
                    Words::new("is not percent-encoded UTF-8", "百分号编码无效"),
                );
                continue;
            };
            let Some(at) = self.by_name.get(&name).copied() else {
                refuse(
                    &name,
                    Words::new("is not a parameter of this request", "该请求没有此参数"),
                );
                continue;
            };
            let parameter = &self.all[at];
            let field = parameter.field(schema);
            if std::mem::replace(&mut seen[at], true) && !matches!(field.shape, Shape::List { .. })
            {
                refuse(
                    &parameter.name,
                    Words::new("must be given once", "只能填写一次"),
                );
                continue;
            }
            let clash = parameter.oneofs.iter().any(|(message, oneof, number)| {
                members
                    .insert((message, *oneof), *number)
                    .is_some_and(|earlier| earlier != *number)
            });
            if clash {
                refuse(
                    &parameter.name,
                    Words::new(
                        "excludes another parameter that was given",
                        "与另一参数不能同时填写",
                    ),
                );
                continue;
            }
            let mut inner = Vec::with_capacity(value.len() + 4);
            match text::put(schema, field.number, field.kind, &value, &mut inner) {
                Ok(()) => wire::put_nested(&parameter.parents, inner, out),
                Err(words) => refuse(&parameter.name, words),
            }
        }
        if violations.is_empty() {
            return Ok(());
        }
        let problem = Problem::of(&reasons::INVALID_ARGUMENT);
        Err(violations
            .into_iter()
            .fold(problem, |problem, (name, words)| problem.field(name, words)))
    }
}

/// `application/x-www-form-urlencoded`: `+` is a space.
fn form_decode(raw: &str) -> Option<String> {
    let spaced = raw.replace('+', " ");
    path::decode(&spaced).map(|text| text.into_owned())
}

/// The position of a message in the request.
#[derive(Clone, Default)]
struct Trail {
    name: String,
    spellings: Vec<String>,
    numbers: Vec<u32>,
    oneofs: Vec<(String, usize, u32)>,
}

struct Walk<'a> {
    schema: &'a Schema,
    bound: &'a [Vec<u32>],
    method: &'a str,
    into: &'a mut Parameters,
    /// The enclosing messages, to detect recursion.
    messages: Vec<MessageId>,
}

impl Walk<'_> {
    fn message(&mut self, id: MessageId, trail: &Trail) -> Result<(), BindingError> {
        self.messages.push(id);
        let schema = self.schema;
        for (at, field) in schema.message(id).fields.iter().enumerate() {
            let deeper = trail.enter(field);
            if self.bound.contains(&deeper.numbers) || field.behaviour.output_only {
                continue;
            }
            let fits = text::can_put(schema, field.kind);
            match (field.shape, field.kind) {
                (Shape::Single { .. } | Shape::List { .. }, _) if fits => {
                    self.leaf(id, at, trail, deeper)
                }
                (Shape::Single { .. }, Kind::Message(inner))
                    if schema.message(inner).known.is_none() && !self.messages.contains(&inner) =>
                {
                    self.message(inner, &deeper)?;
                }
                _ => {
                    return Err(BindingError::NoQueryForm {
                        method: self.method.to_owned(),
                        field: deeper.name,
                    });
                }
            }
        }
        self.messages.pop();
        Ok(())
    }

    fn leaf(&mut self, message: MessageId, field: usize, parent: &Trail, trail: Trail) {
        let index = self.into.all.len();
        for spelling in trail.spellings {
            self.into.by_name.insert(spelling, index);
        }
        let (name, oneofs, parents) = (trail.name, trail.oneofs, parent.numbers.clone());
        self.into.all.push(Parameter {
            name,
            parents,
            message,
            field,
            oneofs,
        });
    }
}

impl Trail {
    fn enter(&self, field: &Field) -> Self {
        let join = |before: &str, name: &str| {
            if before.is_empty() {
                name.to_owned()
            } else {
                format!("{before}.{name}")
            }
        };
        let mut spellings: Vec<_> = self
            .spellings
            .iter()
            .map(|s| join(s, &field.json_name))
            .collect();
        if field.name != field.json_name {
            spellings.extend(self.spellings.iter().map(|s| join(s, &field.name)));
        }
        let mut numbers = self.numbers.clone();
        numbers.push(field.number);
        let mut oneofs = self.oneofs.clone();
        oneofs.extend(
            field
                .oneof
                .map(|oneof| (self.name.clone(), oneof, field.number)),
        );
        Self {
            name: join(&self.name, &field.json_name),
            spellings,
            numbers,
            oneofs,
        }
    }
}
