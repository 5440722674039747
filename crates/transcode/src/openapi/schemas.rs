//! Messages and enums as JSON Schema 2020-12.
//!
//! A message has one schema for requests and one for responses. Requests are closed, have the validation rules and omit
//! output-only fields; responses are open (a newer service may add fields), omit input-only fields and mark every field
//! that is always written as required.

use std::collections::{HashMap, HashSet};

use prost_reflect::Value;
use serde_json::{Map, Value as Json, json};

use super::{
    comments::Comments,
    constraints::{Rules, ZERO_EXCLUDED},
};
use crate::schema::{
    self, EnumId, Field, Kind, Message, MessageId, Scalar, Schema, Shape, WellKnown,
};

/// The direction of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Direction {
    Request,
    Response,
}

/// The schemas under `components`, written when first referred to.
pub(super) struct Schemas<'a> {
    pub schema: &'a Schema,
    pub comments: &'a Comments,
    /// Short names of messages and enums, by full name.
    names: HashMap<String, String>,
    /// Messages that appear in responses; their request form gets a name of its own.
    in_responses: HashSet<MessageId>,
    assigned: HashMap<(MessageId, Direction, Vec<u32>), String>,
    written: Map<String, Json>,
}

impl<'a> Schemas<'a> {
    pub fn new(
        schema: &'a Schema,
        comments: &'a Comments,
        outputs: impl Iterator<Item = MessageId>,
    ) -> Self {
        let mut in_responses = HashSet::new();
        outputs.for_each(|id| reach(schema, id, &mut in_responses));
        let names = short_names(schema);
        Self {
            schema,
            comments,
            names,
            in_responses,
            assigned: HashMap::new(),
            written: Map::new(),
        }
    }

    /// All schemas, sorted by name.
    pub fn finish(mut self) -> Map<String, Json> {
        self.written.sort_keys();
        self.written
    }

    /// A reference to a message. `without` are fields outside the body: in the path or in a header.
    pub fn message(&mut self, id: MessageId, direction: Direction, without: &[u32]) -> Json {
        let message = self.schema.message(id);
        if let Some(known) = message.known {
            return Json::Object(well_known(known, direction));
        }
        let key = (id, direction, without.to_vec());
        if let Some(name) = self.assigned.get(&key) {
            return reference(name);
        }
        let mut name = self.names[message.descriptor.full_name()].clone();
        if direction == Direction::Request && self.in_responses.contains(&id) {
            name.push_str("Input");
        }
        while self.written.contains_key(&name) {
            name.push_str("Body");
        }
        self.assigned.insert(key, name.clone());
        // Registered before its fields are written: a message may contain itself.
        self.written.insert(name.clone(), Json::Null);
        let written = self.object(message, direction, without);
        self.written.insert(name.clone(), Json::Object(written));
        reference(&name)
    }

    fn object(
        &mut self,
        message: &Message,
        direction: Direction,
        without: &[u32],
    ) -> Map<String, Json> {
        let descriptor = &message.descriptor;
        let description = self
            .comments
            .of(&descriptor.parent_file(), descriptor.path());
        let (mut properties, mut required) = (Map::new(), Vec::new());
        for field in message
            .fields
            .iter()
            .filter(|field| !without.contains(&field.number))
        {
            if !travels(field, direction) {
                continue;
            }
            let always = match direction {
                Direction::Request => Rules::of(&field.descriptor).required(self.schema, field),
                Direction::Response => field.shape != Shape::Single { presence: true },
            };
            if always {
                required.push(Json::from(field.json_name.as_str()));
            }
            let written = self.field(field, direction);
            properties.insert(field.json_name.clone(), Json::Object(written));
        }
        let mut object = Map::new();
        object.insert("type".into(), "object".into());
        if !description.is_empty() {
            object.insert("description".into(), description.into());
        }
        object.insert("properties".into(), properties.into());
        if !required.is_empty() {
            object.insert("required".into(), required.into());
        }
        if direction == Direction::Request {
            object.insert("additionalProperties".into(), false.into());
            exclusive(message, without, &mut object);
        }
        object
    }

    /// The schema of a field with its description.
    pub fn field(&mut self, field: &Field, direction: Direction) -> Map<String, Json> {
        let rules = Rules::of(&field.descriptor);
        let mut written = match field.shape {
            Shape::Single { .. } => self.value(
                field.kind,
                &rules,
                direction,
                rules.required(self.schema, field),
            ),
            Shape::List { .. } => {
                let mut list = Map::new();
                list.insert("type".into(), "array".into());
                list.insert(
                    "items".into(),
                    self.value(field.kind, &rules.items(), direction, false)
                        .into(),
                );
                list
            }
            Shape::Map { key } => {
                let mut map = Map::new();
                map.insert("type".into(), "object".into());
                let values = self.value(field.kind, &rules.values(), direction, false);
                map.insert("additionalProperties".into(), values.into());
                if direction == Direction::Request {
                    let mut keys = map_key(key);
                    rules
                        .keys()
                        .apply(self.schema, Kind::Scalar(key), &mut keys);
                    if keys.len() > 1 {
                        map.insert("propertyNames".into(), keys.into());
                    }
                }
                map
            }
        };
        if direction == Direction::Request {
            rules.apply_container(&mut written);
        }
        if direction == Direction::Request && field.cleared_by.is_some() {
            written = or_null(written);
        }
        let mut description = self.description(field);
        if direction == Direction::Request
            && let Some(words) = reading(field)
        {
            if !description.is_empty() {
                description.push(' ');
            }
            description.push_str(words);
        }
        if !description.is_empty() {
            written.insert("description".into(), description.into());
        }
        if field.behaviour.output_only {
            written.insert("readOnly".into(), true.into());
        }
        if field.behaviour.input_only {
            written.insert("writeOnly".into(), true.into());
        }
        let options = field.descriptor.options();
        if schema::option(&options, "cast.options.v1.sensitive") == Some(Value::Bool(true)) {
            written.insert("x-sensitive".into(), true.into());
        }
        let deprecated = options
            .get_field_by_name("deprecated")
            .and_then(|value| value.as_bool());
        if deprecated == Some(true) {
            written.insert("deprecated".into(), true.into());
        }
        written
    }

    /// The comment of a field.
    pub fn description(&self, field: &Field) -> String {
        let file = field.descriptor.parent_message().parent_file();
        let mut text = self.comments.of(&file, field.descriptor.path()).to_owned();
        if field.behaviour.immutable {
            text.push_str(if text.is_empty() {
                "Cannot be changed later."
            } else {
                " Cannot be changed later."
            });
        }
        text
    }

    fn value(
        &mut self,
        kind: Kind,
        rules: &Rules,
        direction: Direction,
        required: bool,
    ) -> Map<String, Json> {
        let mut written = match kind {
            Kind::Message(id) => match self.message(id, direction, &[]) {
                Json::Object(written) => written,
                _ => Map::new(),
            },
            Kind::Enum(id) => return self.enumeration(id, rules, direction, required),
            Kind::Scalar(scalar) => scalar_schema(scalar, direction),
        };
        if direction == Direction::Request {
            rules.apply(self.schema, kind, &mut written);
            let free = ["pattern", "format", "enum", "const"]
                .iter()
                .all(|k| !written.contains_key(*k));
            if free && written.get("type") == Some(&"string".into()) {
                // Refused everywhere: PostgreSQL cannot store it.
                written.insert("pattern".into(), "^[^\\u0000]*$".into());
            }
        }
        written
    }

    fn enumeration(
        &mut self,
        id: EnumId,
        rules: &Rules,
        direction: Direction,
        required: bool,
    ) -> Map<String, Json> {
        let descriptor = self.schema.enumeration(id).descriptor.clone();
        let mut keywords = Map::new();
        if direction == Direction::Request {
            rules.apply(self.schema, Kind::Enum(id), &mut keywords);
        }
        let zero_excluded = keywords.remove(ZERO_EXCLUDED).is_some() || required;
        let plain = keywords.is_empty() && !(zero_excluded && direction == Direction::Request);
        if !plain {
            keywords.remove("not");
            let excluded = if zero_excluded {
                descriptor.get_value(0)
            } else {
                None
            };
            let names = descriptor
                .values()
                .filter(|value| Some(value) != excluded.as_ref());
            let names: Vec<Json> = names.map(|value| value.name().into()).collect();
            let mut written = Map::new();
            written.insert("type".into(), "string".into());
            written.insert("enum".into(), names.into());
            written.extend(keywords);
            return written;
        }
        let name = self.names[descriptor.full_name()].clone();
        if !self.written.contains_key(&name) {
            let file = descriptor.parent_file();
            let mut text = self.comments.of(&file, descriptor.path()).to_owned();
            for value in descriptor.values() {
                let comment = self.comments.of(&file, value.path());
                if !comment.is_empty() {
                    text.push_str(if text.is_empty() || text.contains("\n- `") {
                        "\n"
                    } else {
                        "\n\n"
                    });
                    text.push_str(&format!("- `{}`: {comment}", value.name()));
                }
            }
            let names: Vec<Json> = descriptor
                .values()
                .map(|value| value.name().into())
                .collect();
            let mut written = json!({ "type": "string", "enum": names });
            if !text.trim().is_empty() {
                written["description"] = text.trim().into();
            }
            self.written.insert(name.clone(), written);
        }
        match reference(&name) {
            Json::Object(written) => written,
            _ => Map::new(),
        }
    }
}

/// The effect of `cast.options.v1.Reading` on a text, in few words; `None` for one taken as sent.
fn reading(field: &Field) -> Option<&'static str> {
    let said = schema::option(&field.descriptor.options(), "cast.options.v1.reading")?;
    match said.as_enum_number()? {
        2 => Some("Blanks, dashes, case and full width do not matter."),
        3 => Some("Blanks and full width do not matter."),
        4 => Some("Kinds of dots and apostrophes and full width do not matter."),
        5 => Some("Kept as one line with single blanks; what cannot be seen is left out."),
        6 => Some("Line breaks are kept, at most two together; what cannot be seen is left out."),
        7 => Some("Kinds of dots and apostrophes and full width do not matter."),
        _ => None,
    }
}

/// Whether a field exists in this direction.
pub(super) fn travels(field: &Field, direction: Direction) -> bool {
    match direction {
        Direction::Request => !field.behaviour.output_only,
        Direction::Response => !field.behaviour.input_only,
    }
}

fn reference(name: &str) -> Json {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// Members of a oneof are mutually exclusive.
fn exclusive(message: &Message, without: &[u32], object: &mut Map<String, Json>) {
    let mut conditions = Vec::new();
    for oneof in message
        .descriptor
        .oneofs()
        .filter(|oneof| !oneof.is_synthetic())
    {
        let members: Vec<_> = oneof
            .fields()
            .filter(|field| !without.contains(&field.number()))
            .collect();
        for (at, one) in members.iter().enumerate() {
            for other in &members[at + 1..] {
                let (one, other) = (one.json_name(), other.json_name());
                // Also listed as properties, because linters expect the names in `required` there.
                let both =
                    json!({ "properties": { one: true, other: true }, "required": [one, other] });
                conditions.push(json!({ "not": both }));
            }
        }
        let rules = schema::option(&oneof.options(), "buf.validate.oneof");
        let required = rules
            .as_ref()
            .and_then(Value::as_message)
            .and_then(|rules| rules.get_field_by_name("required"));
        if required.and_then(|value| value.as_bool()) == Some(true) {
            let any: Vec<_> = members
                .iter()
                .map(|field| json!({ "required": [field.json_name()] }))
                .collect();
            conditions.push(json!({ "anyOf": any }));
        }
    }
    if !conditions.is_empty() {
        object.insert("allOf".into(), conditions.into());
    }
}

fn reach(schema: &Schema, id: MessageId, into: &mut HashSet<MessageId>) {
    if !into.insert(id) {
        return;
    }
    for field in schema
        .message(id)
        .fields
        .iter()
        .filter(|field| travels(field, Direction::Response))
    {
        if let Kind::Message(inner) = field.kind {
            reach(schema, inner, into);
        }
    }
}

/// `Application.State` of `cast.membership.v1` becomes `ApplicationState`, or `MembershipApplicationState` if another
/// package has one too.
fn short_names(schema: &Schema) -> HashMap<String, String> {
    let short = |full: &str, package: &str| {
        full.strip_prefix(package)
            .unwrap_or(full)
            .split('.')
            .map(capitalised)
            .collect::<String>()
    };
    let all: Vec<_> = schema
        .names()
        .map(|(full, package)| (full.to_owned(), short(full, package), package.to_owned()))
        .collect();
    let mut count: HashMap<&str, usize> = HashMap::new();
    all.iter()
        .for_each(|(_, name, _)| *count.entry(name).or_default() += 1);
    let qualified = |name: &str, package: &str| {
        let version =
            |part: &&str| !(part.starts_with('v') && part[1..].chars().all(|c| c.is_ascii_digit()));
        let service = package.split('.').rfind(version).unwrap_or_default();
        capitalised(service) + name
    };
    all.iter()
        .map(|(full, name, package)| {
            let name = if count[name.as_str()] > 1 {
                qualified(name, package)
            } else {
                name.clone()
            };
            (full.clone(), name)
        })
        .collect()
}

pub(super) fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars
        .next()
        .map(|first| first.to_ascii_uppercase().to_string() + chars.as_str())
        .unwrap_or_default()
}

fn map_key(key: Scalar) -> Map<String, Json> {
    use Scalar as S;
    let digits = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    object(match key {
        S::Bool => json!({ "type": "string", "enum": ["true", "false"] }),
        S::Int32 | S::Sint32 | S::Sfixed32 => digits("^-?[0-9]{1,10}$"),
        S::Uint32 | S::Fixed32 => digits("^[0-9]{1,10}$"),
        S::Int64 | S::Sint64 | S::Sfixed64 => digits("^-?[0-9]{1,19}$"),
        S::Uint64 | S::Fixed64 => digits("^[0-9]{1,20}$"),
        _ => json!({ "type": "string" }),
    })
}

fn object(value: Json) -> Map<String, Json> {
    match value {
        Json::Object(map) => map,
        _ => Map::new(),
    }
}

/// A scalar without rules.
pub(super) fn scalar_schema(scalar: Scalar, direction: Direction) -> Map<String, Json> {
    use Scalar as S;
    let wide = |pattern: &str, format: &str| match direction {
        // Both forms are accepted; beyond 2^53 only the string is safe in JavaScript.
        Direction::Request => {
            json!({ "type": ["string", "integer"], "format": format, "pattern": pattern })
        }
        Direction::Response => json!({ "type": "string", "format": format, "pattern": pattern }),
    };
    object(match scalar {
        S::Double => json!({ "type": "number", "format": "double" }),
        S::Float => {
            json!({ "type": "number", "format": "float", "minimum": f64::from(f32::MIN), "maximum": f64::from(f32::MAX) })
        }
        S::Int32 | S::Sint32 | S::Sfixed32 => {
            json!({ "type": "integer", "format": "int32", "minimum": i32::MIN, "maximum": i32::MAX })
        }
        S::Uint32 | S::Fixed32 => {
            json!({ "type": "integer", "format": "int64", "minimum": 0, "maximum": u32::MAX })
        }
        S::Int64 | S::Sint64 | S::Sfixed64 => wide("^-?[0-9]{1,19}$", "int64"),
        S::Uint64 | S::Fixed64 => {
            let mut written = wide("^[0-9]{1,20}$", "uint64");
            if direction == Direction::Request {
                written["minimum"] = 0.into();
            }
            written
        }
        S::Bool => json!({ "type": "boolean" }),
        S::String => json!({ "type": "string" }),
        S::Bytes => {
            // Accepted in either alphabet, with or without padding; written in the standard one, with padding.
            let pattern = match direction {
                Direction::Request => {
                    "^(?:[A-Za-z0-9+/_-]{4})*(?:[A-Za-z0-9+/_-]{2}(?:==)?|[A-Za-z0-9+/_-]{3}=?)?$"
                }
                Direction::Response => {
                    "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
                }
            };
            json!({ "type": "string", "contentEncoding": "base64", "pattern": pattern })
        }
    })
}

fn well_known(known: WellKnown, direction: Direction) -> Map<String, Json> {
    object(match known {
        WellKnown::Timestamp => json!({ "type": "string", "format": "date-time" }),
        WellKnown::Duration => {
            json!({ "type": "string", "pattern": "^-?[0-9]{1,12}(?:\\.[0-9]{1,9})?s$" })
        }
        WellKnown::FieldMask => {
            json!({ "type": "string", "pattern": "^(?:[A-Za-z0-9_.]+(?:,[A-Za-z0-9_.]+)*)?$" })
        }
        WellKnown::Wrapper(scalar) => return scalar_schema(scalar, direction),
        WellKnown::Struct => json!({ "type": "object", "additionalProperties": true }),
        WellKnown::ListValue => json!({ "type": "array", "items": {} }),
        WellKnown::Value | WellKnown::Any => json!({}),
    })
}

/// The same, or null.
fn or_null(schema: Map<String, Json>) -> Map<String, Json> {
    match schema.get("type").and_then(Json::as_str) {
        Some(single) => {
            let types = Json::from(vec![single, "null"]);
            let mut schema = schema.clone();
            schema.insert("type".into(), types);
            schema
        }
        None => {
            let either = vec![Json::from(schema), serde_json::json!({ "type": "null" })];
            Map::from_iter([("anyOf".to_owned(), Json::from(either))])
        }
    }
}
