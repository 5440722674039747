//! The indicators of the plans, beside what was reached.
//!
//! No indicator of the present plans has an `actual` yet. Each was compared with the events of the platform, and none can
//! be computed from them; an approximate number would mislead:
//!
//! | indicator | why it cannot be computed |
//! |---|---|
//! | shares of front-line and under-45 delegates and committee members; 三长 | no event has appointments or ages |
//! | `scientific_literacy` | comes from a national survey |
//! | `trained_talent` | counts people trained by the Party school system; trainings (`TRAINING`) of all organisations are something else, and attendances are not people |
//! | `archived_scientists` | is reported by the lead department |
//! | `annual_meeting_sessions` | counts sessions of the annual meeting; an `ACADEMIC_MEETING` is a meeting of any organisation |
//! | `annual_meeting_papers` | there are no submissions |
//! | `kechuang_provinces`, `rural_support_counties` | no event relates an activity to 科创中国 or 科技帮扶 |
//! | `scenarios_on_platform` | is no business fact |

pub mod rpc;
pub mod rules;
pub mod store;

use time::Date;

/// An indicator of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Indicator {
    /// Stable name.
    pub key: String,
    /// In Chinese, as in the document.
    pub name: String,
    /// The number to be reached, in `unit`.
    pub target: f64,
    /// `percent` or what is counted.
    pub unit: String,
    /// `at_least` or `about`.
    pub comparison: String,
    /// By when, if the document says so.
    pub due_on: Option<Date>,
    /// Title of the document.
    pub document: String,
    /// The clause of the document.
    pub clause: String,
}
