//! Examples: those of the contract, otherwise derived from the name and the rules of a field. Deterministic.

use prost_reflect::Value;
use serde_json::{Map, Value as Json, json};

use super::{
    constraints::Rules,
    pattern,
    schemas::{Direction, travels},
};
use crate::schema::{self, Field, Kind, MessageId, Scalar, Schema, Shape, WellKnown};

/// Deeper examples add nothing.
const MAX_DEPTH: usize = 6;

/// An example of a message, without the fields outside the body.
pub(super) fn message(
    schema: &Schema,
    id: MessageId,
    direction: Direction,
    without: &[u32],
) -> Json {
    Examples {
        schema,
        direction,
        within: Vec::new(),
    }
    .message(id, without)
    .unwrap_or_else(|| json!({}))
}

/// An example of one field.
pub(super) fn field(schema: &Schema, field: &Field, direction: Direction) -> Option<Json> {
    Examples {
        schema,
        direction,
        within: Vec::new(),
    }
    .field(field)
}

struct Examples<'s> {
    schema: &'s Schema,
    direction: Direction,
    /// The enclosing messages, to end recursion.
    within: Vec<MessageId>,
}

impl Examples<'_> {
    fn message(&mut self, id: MessageId, without: &[u32]) -> Option<Json> {
        let message = self.schema.message(id);
        match message.known {
            Some(WellKnown::Timestamp) => return Some(json!("2026-05-12T02:30:00Z")),
            Some(WellKnown::Duration) => return Some(json!("3600s")),
            Some(WellKnown::FieldMask) => return Some(json!("title")),
            Some(WellKnown::Struct) => return Some(json!({ "key": "value" })),
            Some(WellKnown::Value) => return Some(json!("value")),
            Some(WellKnown::ListValue) => return Some(json!(["value"])),
            Some(WellKnown::Any) => return None,
            Some(WellKnown::Wrapper(_)) | None => {}
        }
        if self.within.contains(&id) || self.within.len() == MAX_DEPTH {
            return None;
        }
        self.within.push(id);
        let mut example = Map::new();
        let mut oneofs = Vec::new();
        for field in message
            .fields
            .iter()
            .filter(|field| !without.contains(&field.number))
        {
            // One member of a oneof is shown.
            let taken = field.oneof.is_some_and(|oneof| oneofs.contains(&oneof));
            if taken || !travels(field, self.direction) {
                continue;
            }
            if let Some(value) = self.field(field) {
                example.insert(field.json_name.clone(), value);
                oneofs.extend(field.oneof);
            } else if let Shape::List { .. } = field.shape {
                example.insert(field.json_name.clone(), json!([]));
            }
        }
        self.within.pop();
        Some(Json::Object(example))
    }

    fn field(&mut self, field: &Field) -> Option<Json> {
        if let Some(Value::String(text)) =
            schema::option(&field.descriptor.options(), "cast.options.v1.example")
        {
            let single_text = matches!(field.shape, Shape::Single { .. })
                && matches!(
                    field.kind,
                    Kind::Scalar(Scalar::String | Scalar::Bytes) | Kind::Enum(_)
                );
            let parsed = if single_text {
                None
            } else {
                serde_json::from_str(&text).ok()
            };
            let example = parsed.unwrap_or(Json::String(text));
            // Of a list one element may be given.
            let is_element = matches!(field.shape, Shape::List { .. }) && !example.is_array();
            return Some(if is_element {
                json!([example])
            } else {
                example
            });
        }
        let rules = Rules::of(&field.descriptor);
        match field.shape {
            Shape::Single { .. } => self.value(field, &rules, rules.required(self.schema, field)),
            Shape::List { .. } => {
                let value = self.value(field, &rules.items(), true)?;
                let mut keywords = Map::new();
                rules.apply_container(&mut keywords);
                let least = keywords
                    .get("minItems")
                    .and_then(Json::as_u64)
                    .unwrap_or(1)
                    .clamp(1, 3);
                Some(Json::Array((0..least).map(|_| value.clone()).collect()))
            }
            Shape::Map { key } => {
                let key = if key == Scalar::String {
                    "key"
                } else if key == Scalar::Bool {
                    "true"
                } else {
                    "1"
                };
                let value = self.value(field, &rules.values(), true)?;
                Some(json!({ key: value }))
            }
        }
    }

    fn value(&mut self, field: &Field, rules: &Rules, _required: bool) -> Option<Json> {
        let kind = match field.kind {
            Kind::Message(id) => match self.schema.message(id).known {
                Some(WellKnown::Wrapper(scalar)) => Kind::Scalar(scalar),
                Some(WellKnown::Timestamp) => return Some(json!(moment(&field.name))),
                _ => return self.message(id, &[]),
            },
            kind => kind,
        };
        let mut keywords = Map::new();
        rules.apply(self.schema, kind, &mut keywords);
        if let Some(value) = keywords.get("const") {
            return Some(value.clone());
        }
        if let Some(value) = keywords
            .get("enum")
            .and_then(Json::as_array)
            .and_then(|values| values.first())
        {
            return Some(value.clone());
        }
        match kind {
            Kind::Enum(id) => {
                let excluded = keywords
                    .get("not")
                    .and_then(|not| not["enum"].as_array())
                    .cloned()
                    .unwrap_or_default();
                let names = self.schema.enumeration(id).descriptor.clone();
                let mut names = names
                    .values()
                    .filter(|v| v.number() != 0)
                    .map(|v| Json::from(v.name()));
                names.find(|name| !excluded.contains(name))
            }
            Kind::Scalar(Scalar::String) => Some(json!(text(&field.name, &keywords))),
            Kind::Scalar(Scalar::Bytes) => Some(json!("5Lit5Zu956eR5Y2P")),
            Kind::Scalar(Scalar::Bool) => Some(json!(true)),
            Kind::Scalar(Scalar::Double | Scalar::Float) => {
                Some(json!(number(&field.name, &keywords) as f64))
            }
            Kind::Scalar(
                Scalar::Int64
                | Scalar::Uint64
                | Scalar::Sint64
                | Scalar::Fixed64
                | Scalar::Sfixed64,
            ) => Some(json!(number(&field.name, &keywords).to_string())),
            Kind::Scalar(_) => Some(json!(number(&field.name, &keywords))),
            Kind::Message(_) => None,
        }
    }
}

fn moment(name: &str) -> &'static str {
    let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    if has(&["start", "begin", "from"]) {
        "2026-05-30T01:00:00Z"
    } else if has(&["end", "until", "to_"]) {
        "2026-05-30T09:00:00Z"
    } else if has(&["expire", "due"]) {
        "2027-05-12T02:30:00Z"
    } else {
        "2026-05-12T02:30:00Z"
    }
}

fn number(name: &str, keywords: &Map<String, Json>) -> i64 {
    let guess = match name {
        name if name.contains("page_size") => 50,
        name if name.contains("year") => 2026,
        name if name.contains("month") || name.contains("day") => 12,
        name if name.contains("cents") || name.contains("amount") => 12_000,
        name if name.contains("seats") || name.contains("capacity") => 200,
        _ => 3,
    };
    let bound = |keyword: &str| keywords.get(keyword).and_then(Json::as_f64);
    #[allow(clippy::cast_possible_truncation)]
    let whole = |n: f64| n as i64;
    let least = bound("minimum")
        .map(|n| whole(n.ceil()))
        .or(bound("exclusiveMinimum").map(|n| whole(n.floor()) + 1));
    let most = bound("maximum")
        .map(|n| whole(n.floor()))
        .or(bound("exclusiveMaximum").map(|n| whole(n.ceil()) - 1));
    guess
        .max(least.unwrap_or(i64::MIN))
        .min(most.unwrap_or(i64::MAX))
}

fn text(name: &str, keywords: &Map<String, Json>) -> String {
    let word = |keyword: &str| keywords.get(keyword).and_then(Json::as_str);
    let likely = by_name(name);
    let text = match word("format") {
        Some("uuid") => UUID.to_owned(),
        Some("email") => "lin.yue@example.org".to_owned(),
        Some("uri") => "https://www.example.org/events/42".to_owned(),
        Some("uri-reference") => "/events/42".to_owned(),
        Some("hostname") => "www.example.org".to_owned(),
        Some("ipv4") => "192.0.2.17".to_owned(),
        Some("ipv6") => "2001:db8::17".to_owned(),
        _ => match word("pattern").and_then(pattern::example) {
            Some(example) => example,
            None => likely.to_owned(),
        },
    };
    let length = |keyword: &str| {
        keywords
            .get(keyword)
            .and_then(Json::as_u64)
            .and_then(|n| usize::try_from(n).ok())
    };
    let mut fitted: String = text
        .chars()
        .take(length("maxLength").unwrap_or(usize::MAX))
        .collect();
    let missing = length("minLength")
        .unwrap_or(0)
        .saturating_sub(fitted.chars().count());
    fitted.extend(likely.chars().cycle().take(missing.min(10_000)));
    fitted
}

const UUID: &str = "0197c2a4-6f3e-7b10-9c5d-4e8f20a1b3c7";

fn by_name(name: &str) -> &'static str {
    let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    match name {
        _ if name == "id" || name.ends_with("_id") || name.ends_with("_ids") => UUID,
        _ if has(&["etag"]) => "9f2c41d7",
        _ if has(&["page_token", "token", "secret"]) => "Zm9yd2FyZA",
        _ if has(&["email"]) => "lin.yue@example.org",
        _ if has(&["phone", "mobile"]) => "13900000000",
        _ if has(&["url", "uri"]) => "https://www.example.org/events/42",
        _ if has(&["date", "_on"]) => "2026-05-30",
        _ if has(&["person_name", "display_name", "real_name", "full_name"]) => "林悦",
        _ if has(&["title"]) => "青年科技论坛",
        _ if has(&["reason", "note", "comment", "remark"]) => "材料齐全，符合章程规定。",
        _ if has(&["description", "summary", "introduction", "text"]) => {
            "面向青年科技工作者的学术交流活动。"
        }
        _ if has(&["address", "venue", "place", "location"]) => "北京市海淀区复兴路 3 号",
        _ if has(&["name"]) => "示例学会",
        _ if has(&["code", "number"]) => "A00000017",
        _ if has(&["locale", "language"]) => "zh-CN",
        _ => "示例",
    }
}
