//! An answer as a text for a list or a file.

use std::collections::HashMap;

use serde_json::Value;

use crate::{
    definition::{Choice, Field, Kind, Words},
    value::{OTHER, text},
};

/// How answers are said: the language, and the names of what they refer to.
#[derive(Clone, Debug, Default)]
pub struct Telling {
    /// English where there is any, otherwise Chinese.
    pub english: bool,
    /// Names by code or id; what is not in here is told by its code or id.
    pub names: HashMap<String, String>,
}

impl Words {
    /// In one language.
    pub fn told(&self, english: bool) -> &str {
        if self.zh.is_empty() || english && !self.en.is_empty() {
            &self.en
        } else {
            &self.zh
        }
    }
}

impl Telling {
    /// An answer in normal form, as a text of one line for each row.
    pub fn answer(&self, field: &Field, value: &Value) -> String {
        let plain = || match value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        match field.kind {
            Kind::Text | Kind::Paragraphs | Kind::Person | Kind::Date | Kind::Scale => plain(),
            Kind::Integer | Kind::Decimal => {
                let unit = field.unit.told(self.english);
                if unit.is_empty() {
                    plain()
                } else {
                    format!("{} {unit}", plain())
                }
            }
            Kind::Money => value.as_i64().map_or_else(plain, yuan),
            Kind::Period => {
                let day = |key| value.get(key).and_then(Value::as_str);
                let until = day("to").unwrap_or(self.word("至今", "present"));
                format!("{} – {until}", day("from").unwrap_or_default())
            }
            Kind::Single => self.choice(&field.options, value),
            Kind::File => {
                let files = value.as_array().into_iter().flatten();
                let names = files.map(|file| self.names.get(text(file)?).cloned());
                if let Some(names) = names.collect::<Option<Vec<String>>>() {
                    return names.join(self.word("、", ", "));
                }
                let count = value.as_array().map_or(0, Vec::len);
                match (self.english, count) {
                    (false, count) => format!("{count} 个文件"),
                    (true, 1) => "1 file".to_owned(),
                    (true, count) => format!("{count} files"),
                }
            }
            Kind::Multiple | Kind::Ranking => {
                let chosen = value.as_array().into_iter().flatten();
                let chosen: Vec<String> =
                    chosen.map(|one| self.choice(&field.options, one)).collect();
                chosen.join(self.word("、", ", "))
            }
            Kind::Matrix => {
                let told = field.rows.iter().filter_map(|row| {
                    let column = value.get(&row.key)?;
                    Some(self.pair(&row.title, &self.choice(&field.options, column)))
                });
                told.collect::<Vec<_>>().join(self.word("；", "; "))
            }
            Kind::YesNo => match value.as_bool() {
                Some(true) => self.word("是", "Yes").to_owned(),
                _ => self.word("否", "No").to_owned(),
            },
            Kind::Agree => self.word("已同意", "Agreed").to_owned(),
            Kind::Division | Kind::Discipline | Kind::Organisation => {
                let code = plain();
                self.names.get(&code).cloned().unwrap_or(code)
            }
            Kind::Table => {
                let rows = value.as_array().into_iter().flatten();
                rows.map(|row| self.row(&field.columns, row))
                    .collect::<Vec<_>>()
                    .join("\n")
            }
        }
    }

    fn row(&self, columns: &[Field], row: &Value) -> String {
        let cells = columns.iter().filter_map(|column| {
            let cell = row.get(&column.key)?;
            Some(self.pair(&column.title, &self.answer(column, cell)))
        });
        cells.collect::<Vec<_>>().join(self.word("；", "; "))
    }

    fn pair(&self, title: &Words, answer: &str) -> String {
        let colon = self.word("：", ": ");
        format!("{}{colon}{answer}", title.told(self.english))
    }

    fn choice(&self, options: &[Choice], value: &Value) -> String {
        if let Some(other) = value.get(OTHER).and_then(Value::as_str) {
            return other.to_owned();
        }
        let key = text(value).unwrap_or_default();
        options
            .iter()
            .find(|option| option.key == key)
            .map_or(key, |option| option.title.told(self.english))
            .to_owned()
    }

    fn word<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        if self.english { en } else { zh }
    }
}

/// Fen as yuan with two digits behind the point.
fn yuan(fen: i64) -> String {
    format!("{}.{:02}", fen / 100, (fen % 100).abs())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(field: Value, value: Value, english: bool) -> String {
        let telling = Telling {
            english,
            names: HashMap::from([("110108".to_owned(), "海淀区".to_owned())]),
        };
        let mut field = field;
        field["key"] = "a".into();
        field["title"] = json!({ "zh": "题目" });
        telling.answer(&serde_json::from_value(field).unwrap_or_default(), &value)
    }

    #[test]
    fn answers_are_told_by_the_words_of_the_form() {
        let options = json!([
            { "key": "veg", "title": { "zh": "素食", "en": "Vegetarian" } },
            { "key": "all", "title": { "zh": "不限" } }
        ]);
        let one = json!({ "type": "single", "options": options, "other": true });
        assert_eq!(told(one.clone(), json!("veg"), false), "素食");
        assert_eq!(told(one.clone(), json!("veg"), true), "Vegetarian");
        assert_eq!(told(one.clone(), json!("all"), true), "不限");
        assert_eq!(told(one, json!({ "other": "清真" }), true), "清真");
        let many = json!({ "type": "multiple", "options": options });
        assert_eq!(told(many, json!(["veg", "all"]), false), "素食、不限");
        let matrix = json!({
            "type": "matrix", "options": options,
            "rows": [{ "key": "noon", "title": { "zh": "午餐" } }, { "key": "night", "title": { "zh": "晚餐" } }]
        });
        assert_eq!(told(matrix, json!({ "night": "veg" }), false), "晚餐：素食");
    }

    #[test]
    fn numbers_days_and_references_are_told_as_people_write_them() {
        let kind = |kind: &str| json!({ "type": kind });
        assert_eq!(told(kind("money"), json!(12_305), false), "123.05");
        assert_eq!(told(kind("yesNo"), json!(false), true), "No");
        assert_eq!(
            told(kind("period"), json!({ "from": "2026-01-01" }), false),
            "2026-01-01 – 至今"
        );
        assert_eq!(told(kind("division"), json!("110108"), false), "海淀区");
        assert_eq!(told(kind("division"), json!("999999"), false), "999999");
        let known = json!(["110108"]);
        assert_eq!(told(kind("file"), known, false), "海淀区");
        let unknown = json!(["110108", "b"]);
        assert_eq!(told(kind("file"), unknown, true), "2 files");
        let table = json!({
            "type": "table",
            "columns": [{ "key": "name", "type": "text", "title": { "zh": "姓名" } },
                        { "key": "age", "type": "integer", "title": { "zh": "年龄" } }]
        });
        let rows = json!([{ "name": "王芳", "age": 9 }, { "name": "李明" }]);
        assert_eq!(told(table, rows, false), "姓名：王芳；年龄：9\n姓名：李明");
    }
}
