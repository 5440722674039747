//! The questions of an activity as columns. A question is a column if its answers may be exported and are not sensitive, in some version
//! of the form; of each registrant the column has what was answered to such a question of their version. Pure.

use std::collections::BTreeMap;

use exports::{Cell, Heading};
use forms::{Form, Telling, definition::Field};
use serde_json::{Map, Value};

/// In a spreadsheet, in characters of Latin script.
const WIDTH: u8 = 24;

/// The questions that are columns, and the versions that ask them.
#[derive(Debug, Default)]
pub(super) struct Questions {
    /// By number.
    versions: BTreeMap<i32, Form>,
    /// The keys of the columns, in the order of the file.
    keys: Vec<String>,
    headings: Vec<Heading>,
}

fn exported(form: &Form) -> impl Iterator<Item = &Field> {
    form.fields()
        .filter(|field| field.exported && !field.sensitive)
}

impl Questions {
    /// Of these versions. The newest one says the order and the words; what only earlier ones ask stands behind.
    pub(super) fn of(versions: BTreeMap<i32, Form>, english: bool) -> Self {
        let mut keys: Vec<String> = Vec::new();
        let mut headings = Vec::new();
        for form in versions.values().rev() {
            for field in exported(form) {
                if !keys.contains(&field.key) {
                    keys.push(field.key.clone());
                    headings.push(Heading {
                        title: field.title.told(english).to_owned(),
                        width: WIDTH,
                    });
                }
            }
        }
        Self {
            versions,
            keys,
            headings,
        }
    }

    /// The heads of the columns.
    pub(super) fn headings(&self) -> Vec<Heading> {
        self.headings.clone()
    }

    /// A cell for each column: what was answered to this version.
    pub(super) fn cells(
        &self,
        version: Option<i32>,
        answers: &Map<String, Value>,
        telling: &Telling,
    ) -> Vec<Cell> {
        let form = version.and_then(|version| self.versions.get(&version));
        let cells = self.keys.iter().map(|key| {
            let field = form.and_then(|form| exported(form).find(|field| field.key == *key));
            match (field, answers.get(key)) {
                (Some(field), Some(value)) => Cell::Text(telling.answer(field, value)),
                _ => Cell::Empty,
            }
        });
        cells.collect()
    }

    /// The answers to these columns that refer to something, by its code or id.
    pub(super) fn refers<'a>(
        &'a self,
        answers: &'a Map<String, Value>,
    ) -> impl Iterator<Item = &'a str> {
        self.keys
            .iter()
            .filter_map(|key| answers.get(key)?.as_str())
    }

    /// The uploads that answers to these columns name, if they name any.
    pub(super) fn files<'a>(
        &'a self,
        answers: &'a Map<String, Value>,
    ) -> impl Iterator<Item = &'a str> {
        let lists = self
            .keys
            .iter()
            .filter_map(|key| answers.get(key)?.as_array());
        lists.flatten().filter_map(Value::as_str)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn form(fields: Value) -> Form {
        forms::check(&json!({ "pages": [{ "sections": [{ "fields": fields }] }] })).unwrap()
    }

    #[test]
    fn columns_are_what_may_be_exported_and_is_not_sensitive_of_every_version() {
        let first = form(json!([
            { "key": "size", "type": "text", "title": { "zh": "尺码" }, "exported": true },
            { "key": "meal", "type": "yesNo", "title": { "zh": "用餐" }, "exported": true },
            { "key": "health", "type": "text", "title": { "zh": "健康" }, "sensitive": true },
            { "key": "note", "type": "text", "title": { "zh": "备注" } }
        ]));
        let second = form(json!([
            { "key": "meal", "type": "yesNo", "title": { "zh": "是否用餐" }, "exported": true },
            { "key": "size", "type": "text", "title": { "zh": "尺码" } }
        ]));
        let questions = Questions::of(BTreeMap::from([(1, first), (2, second)]), false);
        let titles: Vec<_> = questions.headings().into_iter().map(|h| h.title).collect();
        assert_eq!(titles, ["是否用餐", "尺码"]);
        let Value::Object(answers) =
            json!({ "meal": true, "size": "大", "health": "过敏", "note": "无" })
        else {
            unreachable!()
        };
        let telling = Telling::default();
        let text = |text: &str| Cell::Text(text.to_owned());
        assert_eq!(
            questions.cells(Some(1), &answers, &telling),
            [text("是"), text("大")]
        );
        // The second version asks the size, too, but not for a file.
        assert_eq!(
            questions.cells(Some(2), &answers, &telling),
            [text("是"), Cell::Empty]
        );
        assert_eq!(
            questions.cells(None, &answers, &telling),
            [Cell::Empty, Cell::Empty]
        );
    }
}
