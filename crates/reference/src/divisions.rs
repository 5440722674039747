//! The administrative divisions of China. A code has six digits (GB/T 2260): two for the province, two for the prefecture,
//! two for the county.

use std::{collections::HashSet, sync::LazyLock};

use problem::{Problem, Result};
use proto_platform::reasons;

static CODES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let rows = include_str!("../../../seeds/divisions.csv").lines().skip(1);
    rows.filter_map(|row| row.split(',').next()).collect()
});

/// Accepts an empty code and that of a division in force; any other is refused, naming `field`.
pub fn check(field: &str, code: &str) -> Result<()> {
    if code.is_empty() || CODES.contains(code) {
        Ok(())
    } else {
        Err(unknown(field))
    }
}

/// The code in `field` is none of GB/T 2260, or one that is no longer in force.
pub fn unknown(field: &str) -> Problem {
    let words = (
        "No division in force; take a code of GB/T 2260 from /v1/divisions.",
        "该行政区划代码不存在或已停用，请从行政区划列表中选择。",
    );
    Problem::of(&reasons::DIVISION_UNKNOWN).field(field, words)
}

/// The common prefix of the codes of a division and everything below it: `440000` → `44`, `440100` → `4401`.
pub fn prefix(code: &str) -> &str {
    match code.strip_suffix("0000") {
        Some(province) => province,
        None => code.strip_suffix("00").unwrap_or(code),
    }
}

/// The first and the last code that a division and everything below it can have.
pub fn at_or_below(code: &str) -> (String, String) {
    let own = match code.trim_end_matches("00") {
        // A code of zeros alone belongs to no division.
        "" => code,
        own => own,
    };
    (code.to_owned(), format!("{own:9<6}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_divisions_in_force_pass() {
        for code in ["", "110000", "110108", "440100", "653132", "710000"] {
            assert!(check("division_code", code).is_ok(), "{code}");
        }
        for code in ["000000", "999999", "440199", "11010", "code", "北京市"] {
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

    #[test]
    fn a_division_spans_the_codes_that_begin_like_it() {
        let range = |first: &str, last: &str| (first.to_owned(), last.to_owned());
        assert_eq!(at_or_below("320000"), range("320000", "329999"));
        assert_eq!(at_or_below("320500"), range("320500", "320599"));
        assert_eq!(at_or_below("320583"), range("320583", "320583"));
        assert_eq!(at_or_below("500157"), range("500157", "500157"));
        assert_eq!(at_or_below("000000"), range("000000", "000000"));
    }

    proptest! {
        #[test]
        fn every_division_lies_in_its_own_range(code in "[0-9]{6}") {
            let (first, last) = at_or_below(&code);
            prop_assert!(first <= code && code <= last);
            prop_assert_eq!(last.len(), 6);
        }

        #[test]
        fn a_county_lies_in_the_ranges_of_its_city_and_province_and_in_no_other(
            code in "[1-9][0-9][0-9]{2}(0[1-9]|[1-9][0-9])", other in "[1-9][0-9]"
        ) {
            let within = |division: String| {
                let (first, last) = at_or_below(&division);
                first <= code && code <= last
            };
            let (province, city) = (format!("{}0000", &code[..2]), format!("{}00", &code[..4]));
            prop_assert!(within(province));
            prop_assert!(&code[2..4] == "00" || within(city));
            prop_assert_eq!(within(format!("{other}0000")), other == code[..2]);
        }
    }
}
