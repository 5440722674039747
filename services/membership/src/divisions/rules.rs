//! What the digits of a division code say (GB/T 2260: two for the province, two for the prefecture, two for the county).

/// The codes at and below a division: all that lie between these two, both included.
pub(crate) fn at_or_below(code: &str) -> (String, String) {
    let own = code.trim_end_matches("00");
    // Counties have no code below them, and a code of zeros alone belongs to no division.
    let own = if own.is_empty() { code } else { own };
    let last = format!("{own:9<6}");
    (code.to_owned(), last)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn range(code: &str) -> (String, String) {
        at_or_below(code)
    }

    #[test]
    fn a_division_spans_the_codes_that_begin_like_it() {
        assert_eq!(range("320000"), ("320000".into(), "329999".into()));
        assert_eq!(range("320500"), ("320500".into(), "320599".into()));
        assert_eq!(range("320583"), ("320583".into(), "320583".into()));
        assert_eq!(range("500157"), ("500157".into(), "500157".into()));
        assert_eq!(range("000000"), ("000000".into(), "000000".into()));
    }

    proptest! {
        #[test]
        fn every_division_lies_in_its_own_range(code in "[0-9]{6}") {
            let (first, last) = range(&code);
            prop_assert!(first <= code && code <= last);
            prop_assert_eq!(last.len(), 6);
        }

        #[test]
        fn a_county_lies_in_the_ranges_of_its_city_and_province_and_in_no_other(
            code in "[1-9][0-9][0-9]{2}(0[1-9]|[1-9][0-9])", other in "[1-9][0-9]"
        ) {
            let within = |division: String| {
                let (first, last) = range(&division);
                first <= code && code <= last
            };
            let (province, city) = (format!("{}0000", &code[..2]), format!("{}00", &code[..4]));
            prop_assert!(within(province));
            prop_assert!(&code[2..4] == "00" || within(city));
            prop_assert_eq!(within(format!("{other}0000")), other == code[..2]);
        }
    }
}
