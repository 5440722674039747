//! The codes of administrative divisions (GB/T 2260), compiled in from `seeds/divisions.csv`.

use std::{collections::HashSet, sync::LazyLock};

use kit::errors::Problem;
use proto_events::reasons;

static CODES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    include_str!("../../../seeds/divisions.csv")
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').next())
        .collect()
});

/// Accepts an empty code and that of a division in force; any other is refused, naming `field`.
pub fn check(field: &str, code: &str) -> Result<(), Problem> {
    if code.is_empty() || CODES.contains(code) {
        return Ok(());
    }
    let words = (
        "No division in force; give a 6-digit code of GB/T 2260 or leave it empty.",
        "不是现行的行政区划代码，请重新选择，或留空。",
    );
    Err(Problem::of(&reasons::DIVISION_UNKNOWN).field(field, words))
}

/// The common prefix of the codes of a division and everything below it: `440000` → `44`, `440100` → `4401`.
pub fn prefix(code: &str) -> &str {
    match code.strip_suffix("0000") {
        Some(province) => province,
        None => code.strip_suffix("00").unwrap_or(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_divisions_of_the_list_pass() {
        for code in ["", "110000", "440100", "110101"] {
            assert!(check("division_code", code).is_ok(), "{code}");
        }
        for code in ["000000", "999999", "440199", "code", "北京市"] {
            assert!(check("division_code", code).is_err(), "{code}");
        }
        assert_eq!(CODES.len(), 34 + 333 + 2_847);
    }

    #[test]
    fn a_division_covers_what_lies_below_it() {
        assert_eq!(prefix("440000"), "44");
        assert_eq!(prefix("440100"), "4401");
        assert_eq!(prefix("440103"), "440103");
        assert_eq!(prefix(""), "");
        // No county directly below a province has a code that ends in 00.
        assert_eq!(prefix("000000"), "00");
    }
}
