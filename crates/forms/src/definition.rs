//! The JSON of a form. Names are in camel case, unknown ones are refused.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::condition::Condition;

/// A text in Chinese and English. Where the English is empty, the Chinese is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Words {
    /// Chinese.
    pub zh: String,
    /// English; may stay empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub en: String,
}

impl Words {
    pub(crate) fn is_empty(&self) -> bool {
        self.zh.is_empty() && self.en.is_empty()
    }
}

/// A form: pages one after the other. Without pages nothing is asked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// At most 20.
    pub pages: Vec<Page>,
}

/// What is shown at once.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// At most 100 characters; may be empty.
    #[serde(default, skip_serializing_if = "Words::is_empty")]
    pub title: Words,
    /// 1 to 20.
    pub sections: Vec<Section>,
}

/// Fields that belong together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// At most 100 characters; may be empty.
    #[serde(default, skip_serializing_if = "Words::is_empty")]
    pub title: Words,
    /// At most 500 characters.
    #[serde(default, skip_serializing_if = "Words::is_empty")]
    pub help: Words,
    /// When its fields are shown; on fields of earlier sections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
    /// 1 to 100; at most 300 in a form.
    pub fields: Vec<Field>,
}

/// The type of a field. The crate's documentation says what each is answered with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub enum Kind {
    #[default]
    Text,
    Paragraphs,
    Integer,
    Decimal,
    Money,
    Date,
    Period,
    Single,
    Multiple,
    Ranking,
    Matrix,
    Scale,
    YesNo,
    Division,
    Discipline,
    Organisation,
    Person,
    File,
    Table,
    Agree,
}

/// What the platform fills in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Binding {
    /// The verified real name; for `text`.
    PersonName,
    /// The public person number; for `person`.
    PersonNumber,
    /// Where the person works or studies, as they say in the basic part of an application; for `text`. Not every form is answered beside
    /// such a part.
    Workplace,
}

/// One of the things to choose from, or a row of a matrix.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// As the key of a field; unique in its list. `other` is reserved.
    pub key: String,
    /// At most 200 characters.
    pub title: Words,
}

/// A question. What applies to other types only is refused.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Field {
    /// `[a-z][a-z0-9_]{0,59}`, unique in the form, the same in every version.
    pub key: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// At most 200 characters.
    pub title: Words,
    /// At most 1,000 characters; for `agree` the statement itself, at most 5,000.
    #[serde(default, skip_serializing_if = "Words::is_empty")]
    pub help: Words,
    /// Whether an answer is needed where the field is shown.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// When it is shown; on earlier fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
    /// What the platform fills in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binding: Option<Binding>,
    /// Health, finances, faith and the like: never a column of a list.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sensitive: bool,
    /// May be a column of a list.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exported: bool,
    /// The least: characters of `text` and `paragraphs`, value of `integer`, `scale`, `money` (fen), `decimal` (text) and `date` (text),
    /// number of choices, files or rows of `multiple`, `ranking`, `file`, `table`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<Value>,
    /// The most; as `min`. A `scale` needs both, at most 11 steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Value>,
    /// Of a `decimal`; at most 20 characters.
    #[serde(default, skip_serializing_if = "Words::is_empty")]
    pub unit: Words,
    /// Of `single`, `multiple`, `ranking` (2 to 200), and the columns of a `matrix` (2 to 10).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Choice>,
    /// Whether `single` and `multiple` accept another answer than the options, as text of at most 200 characters.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
    /// The rows of a `matrix`; 1 to 30.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<Choice>,
    /// The columns of a `table`, 1 to 10: fields of the types text, integer, decimal, money, date, single, yesNo, division, discipline,
    /// person, without conditions and bindings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<Field>,
}
