//! The texts of a message, read as the contract says, before anything is checked: a limit holds for what was meant, not for the blanks and
//! full-width digits that it came with.

use std::borrow::Cow;

use prost_reflect::{DynamicMessage, ExtensionDescriptor, Kind, ReflectMessage as _, Value};
use proto::cast::options::v1::Reading as Said;
use text::Reading;

use super::{
    Violation,
    checks::Check,
    plan::{FieldPlan, PlanError, Validator},
    walk::{MAX_VIOLATIONS, join},
    words,
};
use crate::errors::Words;

/// The longest text that is read where the contract sets no limit, in characters.
const LONGEST: u64 = 1_000;

/// How one text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TextPlan {
    reading: Reading,
    /// The most characters that may be meant.
    most: u64,
}

impl TextPlan {
    /// What a field of a request says; `None` if there is nothing to read in it.
    pub(super) fn of(
        plan: &FieldPlan,
        option: Option<&ExtensionDescriptor>,
    ) -> Result<Option<Self>, PlanError> {
        let field = &plan.field;
        let kind = match field.kind() {
            Kind::Message(entry) if field.is_map() => entry.map_entry_value_field().kind(),
            kind => kind,
        };
        let said = option
            .map(|option| field.options().get_extension(option).into_owned())
            .and_then(|value| Said::try_from(value.as_enum_number()?).ok())
            .filter(|said| *said != Said::Unspecified);
        let full_name = || field.full_name().to_owned();
        let checks = if field.is_list() || field.is_map() {
            &plan.items
        } else {
            &plan.checks
        };
        let reading = match (kind, said) {
            (Kind::String, Some(said)) => reading(said),
            // What can be nothing but one of the forms of a program is compared as it was sent.
            (Kind::String, None) if checks.iter().any(is_closed) => Reading::Exact,
            (Kind::String, None) => return Err(PlanError::Unread(full_name())),
            (_, Some(_)) => return Err(PlanError::NoText(full_name())),
            (_, None) => return Ok(None),
        };
        if reading == Reading::Exact {
            return Ok(None);
        }
        let most = checks.iter().filter_map(|check| match check {
            Check::MaxLen(most) | Check::MaxBytes(most) => Some(*most),
            _ => None,
        });
        Ok(Some(Self {
            reading,
            most: most.min().unwrap_or(LONGEST),
        }))
    }

    /// What was meant, or what is wrong with it.
    fn read<'a>(&self, typed: &'a str) -> Result<Cow<'a, str>, Words> {
        // Room for blanks and whatever else is left out, and no more: reading takes time.
        let room = self.most.saturating_mul(4).saturating_add(64);
        if typed.len() as u64 > room && typed.chars().count() as u64 > room {
            return Err(words::too_long(self.most));
        }
        if typed.contains('\0') {
            return Err(words::nul());
        }
        self.reading.check(typed).map_err(words::unreadable)?;
        Ok(self.reading.read(typed))
    }
}

fn reading(said: Said) -> Reading {
    match said {
        // Never asked for: whoever says nothing is told so before.
        Said::Unspecified | Said::Exact => Reading::Exact,
        Said::Number => Reading::Number,
        Said::Address => Reading::Address,
        Said::Name => Reading::Name,
        Said::Line => Reading::Line,
        Said::Paragraphs => Reading::Paragraphs,
        Said::SearchTerms => Reading::SearchTerms,
    }
}

fn is_closed(check: &Check) -> bool {
    matches!(check, Check::Uuid | Check::OneOf(_))
}

/// What became of the texts of a message.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Something was meant otherwise than it was sent.
    pub changed: bool,
    /// What cannot be read; it is left as it was sent.
    pub refused: Vec<Violation>,
}

impl Validator {
    /// Reads the texts of a message.
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
