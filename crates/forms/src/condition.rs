//! The language of conditions: what decides whether a field is shown.
//!
//! ```json
//! { "and": [ { "compare": { "field": "kind", "is": "eq", "to": "student" } }, { "not": { "empty": { "field": "school" } } } ] }
//! ```
//!
//! | condition | holds if |
//! |---|---|
//! | `and: [c…]` | all hold; an empty list holds |
//! | `or: [c…]` | one holds; an empty list does not |
//! | `not: c` | `c` does not hold |
//! | `compare: {field, is, to}` | there is an answer, and it `is` (`eq`, `ne`, `lt`, `le`, `gt`, `ge`) to a value of the same type |
//! | `in: {field, values}` | there is an answer, and it is one of the values; of a `multiple`: one of the chosen is |
//! | `empty: {field}` | there is no answer |
//! | `count: {field, is, to}` | the number of chosen options or rows is so; without an answer it is 0 |
//!
//! Total: every condition has a value for every answer. **A missing answer compares as false, with `ne` too**, and so does that of a
//! hidden field and one that is wrong. Numbers are compared as numbers (a decimal exactly), dates by the calendar, texts by their
//! characters. `lt` to `ge` are for `integer`, `scale`, `money`, `decimal`, `date`. `to` of a date can be `{"todayPlusYears": -18}`:
//! the day so many years away; 29 February becomes 28 February where there is none. The answer `other` of a choice is the value `other`.
//! `yesNo` and `agree` are compared by `eq` and `ne` with `true` or `false`. `compare` and `in` are not for `paragraphs`, `period`,
//! `ranking`, `matrix`, `table`; `count` is for `multiple`, `ranking`, `matrix`, `table`.
//!
//! Only earlier fields can be named, so there is no cycle. At most [`MAX_NODES`] nodes; a list of values counts as one for each ten.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The most conditions in one condition, itself included.
pub const MAX_NODES: usize = 50;

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub enum Comparison {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

impl Comparison {
    pub(crate) fn holds<T: Ord + ?Sized>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Eq => left == right,
            Self::Ne => left != right,
            Self::Lt => left < right,
            Self::Le => left <= right,
            Self::Gt => left > right,
            Self::Ge => left >= right,
        }
    }

    pub(crate) const fn orders(self) -> bool {
        !matches!(self, Self::Eq | Self::Ne)
    }
}

/// What an answer is compared with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Operand {
    /// The day so many years after today, −150 to 150.
    Today {
        /// Years; negative for days that have passed.
        #[serde(rename = "todayPlusYears")]
        years: i32,
    },
    /// A value, as the answer would be written.
    Value(Value),
}

/// A condition; the module's documentation says when each holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub enum Condition {
    And(Vec<Condition>),
    Or(Vec<Condition>),
    Not(Box<Condition>),
    #[serde(rename_all = "camelCase")]
    Compare {
        field: String,
        is: Comparison,
        to: Operand,
    },
    In {
        field: String,
        values: Vec<Value>,
    },
    Empty {
        field: String,
    },
    Count {
        field: String,
        is: Comparison,
        to: i64,
    },
}

impl Condition {
    /// The fields it names, in the order of the text.
    pub fn fields(&self) -> Vec<&str> {
        let mut found = Vec::new();
        self.visit(&mut |condition| match condition {
            Self::Compare { field, .. }
            | Self::In { field, .. }
            | Self::Empty { field }
            | Self::Count { field, .. } => found.push(field.as_str()),
            Self::And(_) | Self::Or(_) | Self::Not(_) => {}
        });
        found
    }

    pub(crate) fn nodes(&self) -> usize {
        let mut nodes = 0;
        self.visit(&mut |condition| {
            nodes += 1;
            if let Self::In { values, .. } = condition {
                nodes += values.len() / 10;
            }
        });
        nodes
    }

    fn visit<'a>(&'a self, see: &mut dyn FnMut(&'a Self)) {
        see(self);
        match self {
            Self::And(all) | Self::Or(all) => {
                for one in all {
                    one.visit(see);
                }
            }
            Self::Not(one) => one.visit(see),
            Self::Compare { .. } | Self::In { .. } | Self::Empty { .. } | Self::Count { .. } => {}
        }
    }
}
