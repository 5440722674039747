//! Administrative divisions of China (GB/T 2260).

mod rpc;
pub(crate) mod rules;
pub(crate) mod store;

use kit::errors::Problem;
use proto_membership::{reasons, v1 as wire};

use crate::stored::stored_enum;

pub use rpc::Divisions;

stored_enum! {
    /// How high a division stands.
    pub(crate) enum Level: wire::division::Level {
        Province = "PROVINCE",
        City = "CITY",
        County = "COUNTY",
    }
}

/// A division.
#[derive(Debug)]
pub(crate) struct Division {
    /// Six digits.
    pub code: String,
    /// Full Chinese name.
    pub name: String,
    pub level: Level,
    /// `None` for provinces.
    pub parent_code: Option<String>,
}

/// The code in `field` is none of GB/T 2260, or one that is no longer in use.
pub(crate) fn unknown(field: &'static str) -> Problem {
    Problem::of(&reasons::DIVISION_UNKNOWN).field(
        field,
        (
            "Not a division in use; take a code from /v1/divisions.",
            "该行政区划代码不存在或已停用，请从行政区划列表中选择。",
        ),
    )
}
