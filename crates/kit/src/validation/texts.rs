//! Normalises one text of a request before it is checked, so that a limit applies to the result and not to the blanks
//! and full-width digits of the input.

use std::borrow::Cow;

use prost_reflect::{ExtensionDescriptor, FieldDescriptor, Kind};
use proto_options::v1::Reading as Said;
use text::Reading;

use super::{checks::Check, error::PlanError, words};
use crate::errors::Words;

/// The longest text that is normalised where the contract sets no limit, in characters.
const LONGEST: u64 = 1_000;

/// How one text is normalised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TextPlan {
    reading: Reading,
    /// Maximum characters of the result.
    most: u64,
}

impl TextPlan {
    /// The reading that a field declares, with the checks on each text in it; `None` if there is nothing to normalise.
    pub(super) fn of(
        field: &FieldDescriptor,
        checks: &[Check],
        option: Option<&ExtensionDescriptor>,
    ) -> Result<Option<Self>, PlanError> {
        let kind = match field.kind() {
            Kind::Message(entry) if field.is_map() => entry.map_entry_value_field().kind(),
            kind => kind,
        };
        let said = option
            .map(|option| field.options().get_extension(option).into_owned())
            .and_then(|value| Said::try_from(value.as_enum_number()?).ok())
            .filter(|said| *said != Said::Unspecified);
        let full_name = || field.full_name().to_owned();
        let reading = match (kind, said) {
            (Kind::String, Some(said)) => reading(said),
            // A text that can only be one of a fixed set of values is compared as sent.
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

    /// The normalised text, or what is wrong with it.
    pub(super) fn read<'a>(&self, typed: &'a str) -> Result<Cow<'a, str>, Words> {
        // A margin for blanks and other removed characters, limited because normalising takes time.
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
        // Unreachable: a field without a reading is refused at startup.
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
