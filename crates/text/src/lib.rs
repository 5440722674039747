//! What people type, read as what they mean.
//!
//! Chinese input methods type digits and letters in full width; copied numbers carry blanks, dashes and invisible direction marks; the dot in a
//! name has half a dozen code points; keyboards of the nineties send private code points for rare characters. Each kind of field has one reading here, and
//! everything that stores or compares typed text uses it:
//!
//! | reading | for | does |
//! |---|---|---|
//! | [`number`] | phone and identity numbers, one-time codes, organisation and member numbers | half width, upper case; no blanks, dashes, dots, invisible characters |
//! | [`address`] | mail and web addresses | half width; no blanks, invisible characters |
//! | [`name`] | names of people | one form of dots and apostrophes, standard code points for private ones, single blanks |
//! | [`line()`] | titles, names of organisations, places, reasons | single blanks, nothing invisible |
//! | [`search`] | what is searched, and what is searched in | half width, lower case; no blanks, dots, dashes, apostrophes |
//!
//! Pure, and stable: reading what has been read changes nothing.

mod characters;
mod private_use;

use unicode_normalization::UnicodeNormalization as _;

pub use characters::{is_direction_override, is_invisible, is_visible};

use characters::{is_apostrophe, is_dash, is_middle_dot};

/// A number, however it was grouped: `１１０１０５ 1949-1231 002Ⅹ` is `11010519491231002X`.
pub fn number(typed: &str) -> String {
    typed
        .chars()
        .filter(|c| !is_invisible(*c))
        .nfkc()
        .filter(|c| !c.is_whitespace() && !is_dash(*c) && !is_middle_dot(*c) && !is_invisible(*c))
        .flat_map(char::to_uppercase)
        .nfkc()
        .map(|c| match c {
            // Letters that look like the X at the end of an identity number: Cyrillic, Greek, and the sign of multiplication.
            '\u{0425}' | '\u{03a7}' | '\u{00d7}' => 'X',
            c => c,
        })
        .collect()
}

/// A mail address, a web address, a code with signs in it: half width, no blanks, nothing invisible. Letters stay large or small.
pub fn address(typed: &str) -> String {
    typed
        .chars()
        .filter(|c| !is_invisible(*c))
        .nfkc()
        .filter(|c| !c.is_whitespace() && !is_invisible(*c))
        .nfc()
        .collect()
}

/// The name of a person: `阿卜杜拉•买买提` is `阿卜杜拉·买买提`, `O’Neil` is `O'Neil`, and a private code point of an old keyboard is the character that GB 18030-2022
/// gives it.
pub fn name(typed: &str) -> String {
    let letters = typed.nfc().map(private_use::standard).map(half_width);
    line_of(letters.map(|c| match c {
        c if is_middle_dot(c) => '·',
        c if is_apostrophe(c) => '\'',
        c => c,
    }))
}

/// One line of text for people: no invisible characters, single blanks, none at the ends. Width and punctuation stay as they were typed.
pub fn line(typed: &str) -> String {
    line_of(typed.chars().map(private_use::standard))
}

/// The form in which texts are compared when something is searched.
pub fn search(typed: &str) -> String {
    typed
        .chars()
        .map(private_use::standard)
        .filter(|c| !is_invisible(*c))
        .nfkc()
        .filter(|c| {
            !(c.is_whitespace()
                || is_dash(*c)
                || is_middle_dot(*c)
                || is_apostrophe(*c)
                || is_invisible(*c))
        })
        .flat_map(char::to_lowercase)
        .nfc()
        .collect()
}

fn line_of(letters: impl Iterator<Item = char>) -> String {
    let composed = letters.filter(|c| !is_invisible(*c)).nfc();
    let mut line = String::new();
    let mut blank = false;
    for c in composed {
        if c.is_whitespace() {
            blank = !line.is_empty();
        } else {
            if std::mem::take(&mut blank) {
                line.push(' ');
            }
            line.push(c);
        }
    }
    line
}

/// Latin letters, digits and signs in half width; what belongs to Chinese text stays.
fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_is_read_however_it_was_grouped() {
        for typed in [
            "11010519491231002X",
            "１１０１０５１９４９１２３１００２Ｘ",
            "110105 1949 1231 002X",
            "11010519491231002Ⅹ",
            "11010519491231002ｘ",
            "110105-19491231-002х",
            "\u{202d}11010519491231002X\u{202c}",
            "110105\u{3000}19491231\u{00a0}002\u{200b}X",
        ] {
            assert_eq!(number(typed), "11010519491231002X", "{typed:?}");
        }
        for typed in [
            "\u{202d}19900000001\u{202c}",
            "199\u{2011}0000\u{2011}0001",
            "199 0000 0001",
        ] {
            assert_eq!(number(typed), "19900000001", "{typed:?}");
        }
        assert_eq!(number("１２３ ４５６"), "123456");
    }

    #[test]
    fn a_name_has_one_form() {
        for typed in [
            "阿卜杜拉•买买提",
            "阿卜杜拉・买买提",
            "阿卜杜拉‧买买提",
            "阿卜杜拉·买买提",
            " 阿卜杜拉･买买提 ",
        ] {
            assert_eq!(name(typed), "阿卜杜拉·买买提", "{typed:?}");
        }
        assert_eq!(name("O\u{2019}Neil"), "O'Neil");
        assert_eq!(name("王\u{e863}"), "王\u{4dae}");
        assert_eq!(name("Ｊｏｈｎ   Ｓｍｉｔｈ"), "John Smith");
        assert_eq!(name("\u{202e}\u{200b}"), "");
    }

    #[test]
    fn a_line_keeps_what_is_read_and_drops_what_is_not() {
        assert_eq!(
            line("  科普\u{202e}会讲  （第三期）\n"),
            "科普会讲 （第三期）"
        );
        assert_eq!(line("\u{200b}\u{200b}\u{200b}"), "");
        assert_eq!(line("Ａ：一、二"), "Ａ：一、二");
    }

    #[test]
    fn what_is_searched_meets_what_is_there() {
        for (wanted, there) in [
            ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
            ("阿卜杜拉买买提", "阿卜杜拉·买买提"),
            ("o’neil", "O'Neil"),
            ("ＩＥＥＥ", "IEEE"),
            ("人工智能 报告会", "人工智能报告会"),
        ] {
            assert_eq!(search(wanted), search(there), "{wanted}");
        }
    }

    proptest! {
        #[test]
        fn reading_again_changes_nothing(typed in any::<String>()) {
            prop_assert_eq!(number(&number(&typed)), number(&typed));
            prop_assert_eq!(address(&address(&typed)), address(&typed));
            prop_assert_eq!(name(&name(&typed)), name(&typed));
            prop_assert_eq!(line(&line(&typed)), line(&typed));
            prop_assert_eq!(search(&search(&typed)), search(&typed));
        }

        #[test]
        fn nothing_invisible_remains(typed in any::<String>()) {
            for read in [number(&typed), address(&typed), name(&typed), line(&typed), search(&typed)] {
                prop_assert!(!read.chars().any(is_invisible), "{read:?}");
            }
        }

        #[test]
        fn a_line_says_something_exactly_if_something_is_visible(typed in any::<String>()) {
            prop_assert_eq!(line(&typed).is_empty(), !typed.chars().any(is_visible));
        }
    }
}
