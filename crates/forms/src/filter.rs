//! Which answers a list can be filtered by, and the rows that say them.

use serde_json::{Map, Value};

use crate::{
    definition::{Field, Kind},
    form::Form,
    value::text,
};

impl Field {
    /// Whether a list can be filtered by the answers: what may be a column of a list, is not sensitive, and has answers of few forms.
    pub fn filterable(&self) -> bool {
        let few = matches!(
            self.kind,
            Kind::Single
                | Kind::Multiple
                | Kind::YesNo
                | Kind::Integer
                | Kind::Date
                | Kind::Discipline
        );
        few && self.exported && !self.sensitive
    }

    /// What a filter compares: the key of an option (`other` for another answer), `true` or `false`, a number, a day, a code.
    fn filtered_by(&self, value: &Value) -> Vec<String> {
        let one = |value: &Value| match value {
            Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
            other => text(other).map(str::to_owned),
        };
        match value {
            Value::Array(several) => several.iter().filter_map(one).collect(),
            single => one(single).into_iter().collect(),
        }
    }
}

impl Form {
    /// The rows of answers in normal form: the key of each field that a list can be filtered by, with its answer; several of a `multiple`.
    pub fn rows(&self, answers: &Map<String, Value>) -> Vec<(String, String)> {
        let fields = self.fields().filter(|field| field.filterable());
        let rows = fields.flat_map(|field| {
            let values = answers
                .get(&field.key)
                .map(|value| field.filtered_by(value));
            let values = values.unwrap_or_default().into_iter();
            values.map(|value| (field.key.clone(), value))
        });
        rows.collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rows(fields: Value, answers: Value) -> Vec<(String, String)> {
        let form = crate::check(&json!({ "pages": [{ "sections": [{ "fields": fields }] }] }));
        let form = form.unwrap_or_else(|flaws| panic!("{flaws:?}"));
        form.rows(answers.as_object().unwrap_or(&Map::new()))
    }

    #[test]
    fn rows_say_what_may_be_listed_and_is_not_sensitive() {
        let field = |key: &str, kind: &str, more: Value| {
            let mut field = json!({ "key": key, "type": kind, "title": { "zh": "题" } });
            for (name, value) in more.as_object().cloned().unwrap_or_default() {
                field[name] = value;
            }
            field
        };
        let options = json!([{ "key": "a", "title": { "zh": "甲" } }, { "key": "b", "title": { "zh": "乙" } }]);
        let listed = json!({ "exported": true });
        let choice = json!({ "exported": true, "options": options, "other": true });
        let fields = json!([
            field("one", "single", choice.clone()),
            field("many", "multiple", choice),
            field("meal", "yesNo", listed.clone()),
            field("age", "integer", listed.clone()),
            field("day", "date", listed.clone()),
            field("field", "discipline", listed.clone()),
            field("free", "text", listed),
            field("inner", "yesNo", json!({})),
            field("health", "yesNo", json!({ "sensitive": true })),
        ]);
        let answers = json!({
            "one": { "other": "丙" }, "many": ["a", "b"], "meal": false, "age": 12, "day": "2026-05-01", "field": "520",
            "free": "text", "inner": true, "health": true
        });
        let found = rows(fields, answers);
        let found: Vec<_> = found
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect();
        let expected = [
            ("one", "other"),
            ("many", "a"),
            ("many", "b"),
            ("meal", "false"),
            ("age", "12"),
            ("day", "2026-05-01"),
            ("field", "520"),
        ];
        assert_eq!(found, expected);
    }
}
