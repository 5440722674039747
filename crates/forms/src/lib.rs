//! Forms that an organisation designs, and the answers that people give.
//!
//! Pure: no I/O, no clock (today is an argument), no randomness. `portal/src/features/forms/evaluate.ts` has the same semantics;
//! `vectors.json` beside it and 100,000 generated forms × answers hold the two equal (`./cast test portal`).
//!
//! | module | |
//! |---|---|
//! | [`definition`] | the JSON of a form: pages, sections, fields |
//! | [`Form`] | a definition that was checked and can be evaluated |
//! | [`condition`] | the language of conditions |
//! | [`Evaluation`] | which fields are shown, which answers are dropped, missing, wrong |
//! | [`Telling`] | an answer as a text, for a file |
//! | [`Form::rows`] | answers as rows, by which a list is filtered |
//! | [`changes`] | what differs between two versions, and which answers a new version loses |
//!
//! # Answers
//!
//! A JSON object: the key of a field → its answer. `null`, an empty text, an empty list, an empty object and a declined statement are no
//! answer. The normal form is what the platform stores.
//!
//! | type | answer | normal form |
//! |---|---|---|
//! | `text`, `paragraphs` | text | read as `LINE`, `PARAGRAPHS` (`crates/text`); lengths count Unicode characters |
//! | `integer`, `scale` | number without fraction, ±999,999,999 | |
//! | `money` | fen, number without fraction, 0 to 10¹³ | |
//! | `decimal` | text, at most nine digits before and six behind the point | half width, no superfluous zeros |
//! | `date` | `YYYY-MM-DD`, years 1 to 9999 | |
//! | `period` | `{"from": date, "to": date}`; without `to` it goes on | |
//! | `single` | the key of an option, or `{"other": text}` | text read as `LINE` |
//! | `multiple` | a list of different keys, and at most one `{"other": text}` | |
//! | `ranking` | a list of different keys, the best first | |
//! | `matrix` | `{row: column}` | |
//! | `yesNo` | `true` or `false` | |
//! | `division` | six digits (GB/T 2260) | half width |
//! | `discipline` | three digits (GB/T 13745, first level) | half width |
//! | `organisation` | the organisation's UUID | lower case |
//! | `person` | person number, 16 characters with a check character (ISO 7064 MOD 11-2) | half width, capitals |
//! | `file` | a list of different uploads, by their UUIDs; at most ten, five if nothing else is said | lower case |
//! | `table` | a list of rows `{column: answer}` | as the type of the column |
//! | `agree` | `true` | |
//!
//! Whether a division, a discipline, an organisation, a person or an upload exists is not known here: [`Evaluation::references`] lists what is to be looked up.
//!
//! # Evaluation
//!
//! Fields are evaluated in the order of the form. A field is shown if the condition of its section and its own hold. A hidden field is
//! never required and its answer is dropped. A wrong answer is reported and counts as missing for later conditions. A bound field takes
//! what the platform knows of the person, whatever was sent. Conditions stand in [`condition`].

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests choose"))]

mod answer;
pub mod changes;
mod check;
mod compiled;
pub mod condition;
mod day;
pub mod definition;
mod evaluate;
mod filter;
mod finding;
mod flaws;
mod form;
mod numbers;
mod plain;
mod value;

pub use check::check;
pub use day::Day;
pub use evaluate::{Bound, Evaluation, Reference, ReferenceKind};
pub use finding::{Code, Finding, Flaw};
pub use form::Form;
pub use plain::Telling;

#[cfg(test)]
mod tests;
