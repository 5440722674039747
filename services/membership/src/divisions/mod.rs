//! Administrative divisions of China (GB/T 2260).

mod rpc;
pub(crate) mod store;

use proto_membership::v1 as wire;

use database::stored_enum;

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
