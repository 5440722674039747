//! Rows of the reference data that the cockpit reads.

use serde::Deserialize;

/// A row of `province-tiles.csv`.
#[derive(Deserialize)]
pub(super) struct Tile {
    pub(super) code: String,
    pub(super) short_name: String,
    pub(super) row: i16,
    pub(super) col: i16,
}

/// A row of `divisions.csv`.
#[derive(Deserialize)]
pub(super) struct Division {
    pub(super) code: String,
    pub(super) name: String,
}
