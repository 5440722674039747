//! Normalises the texts of a message as the contract declares.

use std::borrow::Cow;

use prost_reflect::{DynamicMessage, ReflectMessage as _, Value};

use super::{
    Violation,
    plan::{FieldPlan, Validator},
    walk::{MAX_VIOLATIONS, join},
};

/// Result of normalising the texts of a message.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Whether a text was changed.
    pub changed: bool,
    /// Texts that cannot be read; left as sent.
    pub refused: Vec<Violation>,
}

impl Validator {
    /// Normalises the texts of a message.
    pub(super) fn read(&self, message: &mut DynamicMessage) -> Outcome {
        let mut outcome = Outcome::default();
        self.read_inside(message, "", &mut outcome);
        outcome
    }

    fn read_inside(&self, message: &mut DynamicMessage, path: &str, outcome: &mut Outcome) {
        let descriptor = message.descriptor();
        let Some(plan) = self.messages.get(descriptor.full_name()) else {
            return;
        };
        for plan in &plan.fields {
            if outcome.refused.len() >= MAX_VIOLATIONS {
                return;
            }
            let nested = plan.text.is_none() && plan.field.kind().as_message().is_some();
            if (plan.text.is_some() || nested) && message.has_field(&plan.field) {
                let path = join(path, plan.field.name());
                self.read_field(message.get_field_mut(&plan.field), plan, &path, outcome);
            }
        }
    }

    fn read_field(&self, value: &mut Value, plan: &FieldPlan, path: &str, outcome: &mut Outcome) {
        match value {
            Value::List(items) => {
                for (at, item) in items.iter_mut().enumerate() {
                    self.read_value(item, plan, &format!("{path}[{at}]"), outcome);
                }
            }
            // A key may be personal data, so the path does not show it.
            Value::Map(entries) => {
                for item in entries.values_mut() {
                    self.read_value(item, plan, &format!("{path}[]"), outcome);
                }
            }
            single => self.read_value(single, plan, path, outcome),
        }
    }

    fn read_value(&self, value: &mut Value, plan: &FieldPlan, path: &str, outcome: &mut Outcome) {
        if outcome.refused.len() >= MAX_VIOLATIONS {
            return;
        }
        match (value, &plan.text) {
            (Value::Message(inner), _) => self.read_inside(inner, path, outcome),
            (Value::String(typed), Some(text)) => match text.read(typed) {
                Ok(Cow::Borrowed(_)) => {}
                Ok(Cow::Owned(read)) => {
                    *typed = read;
                    outcome.changed = true;
                }
                Err(description) => outcome.refused.push(Violation {
                    field: path.to_owned(),
                    description,
                }),
            },
            _ => {}
        }
    }
}
