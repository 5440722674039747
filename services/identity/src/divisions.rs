//! The administrative divisions of China (GB/T 2260), from the reference data of the repository. The person registry keeps a code and
//! nothing else of them, so that a check against the list is all it needs.

use std::{collections::HashSet, sync::LazyLock};

use kit::errors::Problem;
use proto_identity::reasons;

static CODES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    include_str!("../../../seeds/divisions.csv")
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').next())
        .collect()
});

/// Passes for a code that is in force, and for none at all.
pub fn check(field: &'static str, code: &str) -> Result<(), Problem> {
    if code.is_empty() || CODES.contains(code) {
        Ok(())
    } else {
        Err(Problem::of(&reasons::DIVISION_UNKNOWN).field(
            field,
            (
                "No division in force; give a 6-digit code of GB/T 2260.",
                "不是现行的行政区划代码，请重新选择。",
            ),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn divisions_in_force_are_known() {
        assert!(CODES.len() > 3_000, "{}", CODES.len());
        for known in ["", "110000", "110108", "653132", "710000"] {
            assert!(check("division_code", known).is_ok(), "{known}");
        }
        for unknown in ["000000", "990000", "110199", "11010", "code"] {
            assert!(check("division_code", unknown).is_err(), "{unknown}");
        }
    }
}
