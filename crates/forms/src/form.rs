//! A definition that was checked.

use std::collections::HashMap;

use serde_json::Value;

use crate::{
    compiled::Compiled,
    definition::{Definition, Field},
};

/// A form that can be evaluated; made by [`check`](crate::check()).
#[derive(Clone, Debug)]
pub struct Form {
    pub(crate) definition: Definition,
    /// The conditions of the sections, in order.
    pub(crate) sections: Vec<Option<Compiled>>,
    pub(crate) fields: Vec<Ready>,
    /// Key → place in `fields`.
    pub(crate) places: HashMap<String, usize>,
}

/// A field with its limits as numbers.
#[derive(Clone, Debug)]
pub(crate) struct Ready {
    pub field: Field,
    pub section: usize,
    pub condition: Option<Compiled>,
    /// What is compared is told by [`measure`](crate::answer::measure).
    pub min: Option<i64>,
    pub max: Option<i64>,
    /// Of a table.
    pub columns: Vec<Ready>,
}

impl Form {
    /// The definition, with its texts in normal form.
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    /// The definition as JSON.
    pub fn to_json(&self) -> Value {
        // Keys are texts and numbers are finite, so it cannot fail.
        serde_json::to_value(&self.definition).unwrap_or_default()
    }

    /// The fields, in order.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().map(|ready| &ready.field)
    }

    /// Whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }
}
