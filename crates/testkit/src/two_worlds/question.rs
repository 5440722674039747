//! Questions, made from the contract.

use std::collections::BTreeMap;
use std::fmt;

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MethodDescriptor, Value};

/// What is asked: for the name of a field, the texts that are sent in it. `{name}` stands for a value of the world. All values of an
/// enumeration, both of a flag and small numbers are sent without being named here.
#[derive(Clone, Debug, Default)]
pub struct Questions {
    texts: BTreeMap<&'static str, Vec<&'static str>>,
    most: usize,
}

/// A request whose texts may name something of a world.
#[derive(Clone, Debug)]
pub(super) struct Question(DynamicMessage);

impl Questions {
    /// At most so many a method.
    pub fn at_most(most: usize) -> Self {
        Self {
            texts: BTreeMap::new(),
            most,
        }
    }

    /// Sends these in every field of this name.
    #[must_use]
    pub fn text(mut self, field: &'static str, values: &[&'static str]) -> Self {
        self.texts.insert(field, values.to_vec());
        self
    }

    /// The requests for a method: every value of every field with the first value of the others, then every pair of values of two fields.
    pub(super) fn of(&self, method: &MethodDescriptor) -> Vec<Question> {
        let fields: Vec<(FieldDescriptor, Vec<Value>)> = method
            .input()
            .fields()
            .map(|field| {
                let values = self.values(&field, 0);
                (field, values)
            })
            .filter(|(_, values)| !values.is_empty())
            .collect();
        let mut first = DynamicMessage::new(method.input());
        for (field, values) in &fields {
            first.set_field(field, values[0].clone());
        }
        let mut questions = vec![Question(first.clone())];
        let changed = |message: &DynamicMessage, at: usize, value: &Value| {
            let mut message = message.clone();
            message.set_field(&fields[at].0, value.clone());
            message
        };
        for (at, (_, values)) in fields.iter().enumerate() {
            for value in &values[1..] {
                questions.push(Question(changed(&first, at, value)));
            }
        }
        for (one, (_, values)) in fields.iter().enumerate() {
            for value in &values[1..] {
                let base = changed(&first, one, value);
                for (other, (_, values)) in fields.iter().enumerate().skip(one + 1) {
                    for value in &values[1..] {
                        questions.push(Question(changed(&base, other, value)));
                    }
                }
            }
        }
        // Of too many, some of each kind.
        let step = questions.len().div_ceil(self.most.max(1)).max(1);
        questions.into_iter().step_by(step).collect()
    }

    fn values(&self, field: &FieldDescriptor, depth: usize) -> Vec<Value> {
        let single = self.single(field, depth);
        if !field.is_list() {
            return single;
        }
        if single.is_empty() {
            return Vec::new();
        }
        let one = Value::List(single[..1].to_vec());
        vec![one, Value::List(single), Value::List(Vec::new())]
    }

    fn single(&self, field: &FieldDescriptor, depth: usize) -> Vec<Value> {
        if field.is_map() {
            return Vec::new();
        }
        match field.kind() {
            Kind::String => match self.texts.get(field.name()) {
                Some(texts) => texts
                    .iter()
                    .map(|text| Value::String((*text).to_owned()))
                    .collect(),
                None => Vec::new(),
            },
            Kind::Bool => vec![Value::Bool(true), Value::Bool(false)],
            Kind::Int32 => vec![Value::I32(0), Value::I32(1), Value::I32(2)],
            Kind::Enum(kind) => {
                // Zero last: most fields that must be set refuse it.
                let mut numbers: Vec<i32> = kind.values().map(|value| value.number()).collect();
                numbers.rotate_left(1);
                numbers.into_iter().map(Value::EnumNumber).collect()
            }
            Kind::Message(inner) if depth < 2 && !inner.full_name().starts_with("google.") => {
                let mut whole = DynamicMessage::new(inner.clone());
                for field in inner.fields() {
                    if let Some(value) = self.values(&field, depth + 1).into_iter().next() {
                        whole.set_field(&field, value);
                    }
                }
                vec![
                    Value::Message(whole),
                    Value::Message(DynamicMessage::new(inner)),
                ]
            }
            _ => Vec::new(),
        }
    }
}

impl Question {
    /// The request as it is sent in a world.
    pub(super) fn in_world(&self, names: &[(&'static str, String)]) -> DynamicMessage {
        let mut message = self.0.clone();
        name(&mut message, names);
        message
    }
}

fn name(message: &mut DynamicMessage, names: &[(&'static str, String)]) {
    for (_, value) in message.fields_mut() {
        name_value(value, names);
    }
}

fn name_value(value: &mut Value, names: &[(&'static str, String)]) {
    match value {
        Value::String(text) => {
            for (name, value) in names {
                *text = text.replace(&format!("{{{name}}}"), value);
            }
        }
        Value::List(values) => {
            for value in values {
                name_value(value, names);
            }
        }
        Value::Message(message) => name(message, names),
        _ => {}
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = serde_json::to_string(&self.0).map_err(|_| fmt::Error)?;
        f.write_str(&json)
    }
}

/// For the next page of the same question.
pub(super) fn set_page_token(request: &mut DynamicMessage, token: &str) {
    request.set_field_by_name("page_token", Value::String(token.to_owned()));
}
