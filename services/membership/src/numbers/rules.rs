//! How member numbers are formed. This is CAST's own form (11 characters); forms of a society's own come later.
//!
//! **Prefix.** A society with a code of CAST's list is called by the letter and the two digits: `B-20` gives `B20`, `A-43W` gives
//! `A43`. An organisation without such a code, or whose prefix is taken, gets the next made-up prefix: three of 32 characters (digits and capitals
//! without I, L, O and U, which are misread or misheard), leaving out what looks like a letter and two digits, so that made-up
//! ones never take what belongs to a code. That makes 30,568.

use crate::categories::Category;

/// Ten, and the capitals that are not mistaken for something else.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// The highest of the seven digits.
pub(crate) const LAST: i32 = 9_999_999;

/// The prefix that belongs to a code of CAST's list: a capital, a hyphen, two digits and perhaps one more capital.
pub(crate) fn prefix_of_code(code: &str) -> Option<String> {
    match code.as_bytes() {
        [letter, b'-', tens, ones] | [letter, b'-', tens, ones, b'A'..=b'Z']
            if letter.is_ascii_uppercase() && tens.is_ascii_digit() && ones.is_ascii_digit() =>
        {
            Some([*letter, *tens, *ones].map(char::from).iter().collect())
        }
        _ => None,
    }
}

/// The made-up prefix with this ordinal, counted from 0; `None` behind the last one.
pub(crate) fn made_up_prefix(ordinal: i64) -> Option<String> {
    let mut left = usize::try_from(ordinal).ok()?;
    // Nothing but arithmetic could find the one without counting; the first character tells how many it has.
    for first in ALPHABET {
        let reserved = first.is_ascii_uppercase();
        let size = if reserved { 32 * 32 - 10 * 10 } else { 32 * 32 };
        if left >= size {
            left -= size;
            continue;
        }
        return (0..32 * 32)
            .map(|pair| [*first, ALPHABET[pair / 32], ALPHABET[pair % 32]])
            .filter(|[_, second, third]| {
                !(reserved && second.is_ascii_digit() && third.is_ascii_digit())
            })
            .nth(left)
            .map(|prefix| prefix.map(char::from).iter().collect());
    }
    None
}

/// A member number. `serial` is at most [`LAST`].
pub(crate) fn number(prefix: &str, serial: i32, category: Category) -> String {
    let class = match category {
        Category::Ordinary | Category::Student => 'M',
        Category::Senior => 'H',
    };
    format!("{prefix}{serial:07}{class}")
}

/// Whether it has the form of a member number.
pub(crate) fn is_number(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 11
        && bytes[..3]
            .iter()
            .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
        && bytes[3..10].iter().all(u8::is_ascii_digit)
        && matches!(bytes[10], b'M' | b'H')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_society_is_called_by_its_code() {
        let prefix = |code| prefix_of_code(code);
        assert_eq!(prefix("B-20").as_deref(), Some("B20"));
        assert_eq!(prefix("A-43W").as_deref(), Some("A43"));
        assert_eq!(prefix("E-07").as_deref(), Some("E07"));
        for none in ["CAST", "B-2", "B-200", "B-20WW", "B20", "b-20", "B-2é", ""] {
            assert_eq!(prefix(none), None, "{none}");
        }
    }

    #[test]
    fn made_up_prefixes_differ_and_never_look_like_a_code() {
        let all: Vec<String> = (0..).map_while(made_up_prefix).collect();
        assert_eq!(all.len(), 30_568);
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
        for prefix in &all {
            let code_like = prefix.as_bytes()[0].is_ascii_uppercase()
                && prefix.as_bytes()[1..].iter().all(u8::is_ascii_digit);
            assert!(!code_like && prefix.len() == 3, "{prefix}");
        }
        assert_eq!((made_up_prefix(-1), made_up_prefix(i64::MAX)), (None, None));
    }

    #[test]
    fn the_class_letter_follows_the_category() {
        assert_eq!(number("B20", 123, Category::Ordinary), "B200000123M");
        assert_eq!(number("B20", 123, Category::Student), "B200000123M");
        assert_eq!(number("B20", LAST, Category::Senior), "B209999999H");
    }

    proptest! {
        #[test]
        fn what_is_issued_is_recognised_however_it_is_typed(serial in 1..=LAST, senior: bool) {
            let category = if senior { Category::Senior } else { Category::Ordinary };
            let number = number("A43", serial, category);
            prop_assert!(is_number(&number));
            let typed = format!(" {}-{} ", &number[..3].to_lowercase(), &number[3..]);
            prop_assert_eq!(text::number(&typed), number);
        }

        #[test]
        fn foreign_text_never_panics(text in "\\PC{0,20}") {
            let _ = (prefix_of_code(&text), is_number(&text::number(&text)));
        }
    }
}
