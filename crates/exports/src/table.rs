//! What a file is made of: columns with titles, rows of typed cells.

use kit::clock::SHANGHAI;
use time::{Date, OffsetDateTime};

use crate::state::Language;

/// A text in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Title {
    /// Chinese.
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
}

impl Title {
    /// In one language.
    pub const fn in_language(self, language: Language) -> &'static str {
        match language {
            Language::Zh => self.zh,
            Language::En => self.en,
        }
    }
}

/// A column that a list can be exported with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name in the contract, e.g. `MEMBER_NUMBER`.
    pub key: &'static str,
    /// The first line of the file.
    pub title: Title,
    /// The width in a spreadsheet, in characters of Latin script.
    pub width: u8,
}

/// The head of a column in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// The first line of the file.
    pub title: String,
    /// The width in a spreadsheet, in characters of Latin script.
    pub width: u8,
}

impl Column {
    /// Its head, in one language.
    pub fn heading(&self, language: Language) -> Heading {
        Heading {
            title: self.title.in_language(language).to_owned(),
            width: self.width,
        }
    }
}

/// Columns that stand in the place of one, in one file: what they are is known only when it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spread {
    /// The key of the column in whose place they stand.
    pub key: &'static str,
    /// Their heads; none: the column is left out.
    pub headings: Vec<Heading>,
}

/// A value in a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    #[default]
    Empty,
    /// Text, in any script. Numbers that are names, such as member numbers, are texts.
    Text(String),
    /// A quantity.
    Number(i64),
    /// A day.
    Day(Date),
    /// A moment; written in Beijing time, to the second.
    Moment(OffsetDateTime),
    /// The values in the place of a column that is spread ([`Spread`]): one for each of its headings.
    Several(Vec<Cell>),
}

impl Cell {
    /// A moment, or nothing.
    pub fn moment(moment: Option<OffsetDateTime>) -> Self {
        moment.map_or(Self::Empty, Self::Moment)
    }
}

/// A moment as people in China read it.
pub(crate) fn beijing(moment: OffsetDateTime) -> OffsetDateTime {
    moment.checked_to_offset(SHANGHAI).unwrap_or(moment)
}
