//! Numbers of papers, names for the eyes of everybody, names of files. Pure.

use crate::kind::Kind;

/// A number: the organisation's code, a letter for the kind, the year, a serial number.
pub(crate) fn number(code: &str, kind: Kind, year: i32, serial: i32) -> String {
    format!("{code}-{}{year}-{serial:06}", kind.letter())
}

/// The first character and two asterisks, whatever the length.
pub(crate) fn mask(name: &str) -> String {
    name.trim()
        .chars()
        .next()
        .map(|first| format!("{first}**"))
        .unwrap_or_default()
}

/// What a downloaded paper is called: without the holder's name, which people would mail around.
pub(crate) fn file_name(kind: Kind, number: &str) -> String {
    format!("{}-{number}.pdf", kind.title())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_says_who_what_and_when() {
        let number = number("B-20", Kind::Membership, 2026, 1);
        assert_eq!(number, "B-20-M2026-000001");
        assert_eq!(
            file_name(Kind::Membership, &number),
            "会员证明-B-20-M2026-000001.pdf"
        );
    }

    proptest! {
        #[test]
        fn a_mask_shows_one_character_and_not_the_length(name in "\\PC{0,20}") {
            let masked = mask(&name);
            let first: String = name.trim().chars().take(1).collect();
            let expected = if first.is_empty() { String::new() } else { format!("{first}**") };
            prop_assert_eq!(masked, expected);
        }

        #[test]
        fn numbers_of_different_papers_differ(a in 1..2_000_000, b in 1..2_000_000) {
            let of = |serial| number("CAST", Kind::Attendance, 2026, serial);
            prop_assert_eq!(of(a) == of(b), a == b);
        }
    }
}
