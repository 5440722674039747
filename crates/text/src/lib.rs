//! Normalises user input.
//!
//! Chinese input methods produce full-width digits and letters; copied numbers contain blanks, dashes and invisible direction marks; the
//! dot in a name has half a dozen code points; keyboards of the nineties send private code points for rare characters. The contract
//! declares how each text of a request is read (`cast.options.v1.reading`), and the validation layer normalises it before a method runs:
//!
//! | reading | for | normalisation |
//! |---|---|---|
//! | [`Exact`](Reading::Exact) | passwords, tokens, ids, web addresses | none |
//! | [`number`] | phone and identity numbers, one-time codes, member numbers | half width, upper case; no blanks, dashes, dots, invisible characters |
//! | [`address`] | mail addresses, codes with signs in them | half width, one form of hyphens; no blanks, invisible characters |
//! | [`name`] | names of people, search terms | half width, one form of dots, hyphens and apostrophes, standard code points for private ones, single blanks |
//! | [`line()`] | titles, names of organisations, places | single blanks, no invisible characters |
//! | [`paragraphs`] | descriptions, reasons | the same, with line breaks, at most two in a row |
//!
//! Pure and idempotent.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests choose"))]

mod characters;
mod private_use;
mod reading;

use unicode_normalization::UnicodeNormalization as _;

pub use characters::{is_control, is_direction_override, is_invisible, is_joint, is_visible};
pub use reading::{Reading, Unreadable};

use characters::{is_apostrophe, is_dash, is_hyphen, is_middle_dot};

/// A number in any grouping: `１１０１０５ 1949-1231 002Ⅹ` becomes `11010519491231002X`.
pub fn number(typed: &str) -> String {
    typed
        .chars()
        .filter(|c| !is_invisible(*c))
        .nfkc()
        .filter(|c| !c.is_whitespace() && !is_dash(*c) && !is_middle_dot(*c) && !is_invisible(*c))
        .flat_map(char::to_uppercase)
        .nfkc()
        .map(|c| match c {
            // Letters that look like the X at the end of an identity number: Cyrillic, Greek, and the multiplication
            // sign.
            '\u{0425}' | '\u{03a7}' | '\u{00d7}' => 'X',
            c => c,
        })
        .collect()
}

/// A mail address, or a code with signs in it: half width, no blanks, no invisible characters. Case is kept.
pub fn address(typed: &str) -> String {
    typed
        .chars()
        .filter(|c| !is_invisible(*c))
        .nfkc()
        .filter(|c| !c.is_whitespace() && !is_invisible(*c))
        .map(|c| if is_hyphen(c) { '-' } else { c })
        .nfc()
        .collect()
}

/// The name of a person: `阿卜杜拉•买买提` becomes `阿卜杜拉·买买提`, `O’Neil` becomes `O'Neil`, and a private code point of an old
/// keyboard becomes the standard one of GB 18030-2022.
pub fn name(typed: &str) -> String {
    let letters = typed.nfc().map(private_use::standard);
    line_of(letters.map(|c| match half_width(c) {
        // The full-width full stop stands for the dot where a keyboard has none.
        '.' if c == '\u{ff0e}' => '·',
        c if is_middle_dot(c) => '·',
        c if is_apostrophe(c) => '\'',
        c if is_hyphen(c) => '-',
        c => c,
    }))
}

/// One line of text for people: no invisible characters, single blanks, trimmed. Width and punctuation are kept.
pub fn line(typed: &str) -> String {
    line_of(typed.chars().map(private_use::standard))
}

/// Text of several lines for people: each as [`line()`], with at most one empty line in a row, trimmed.
pub fn paragraphs(typed: &str) -> String {
    let mut text = String::new();
    let mut breaks = 0;
    // A carriage return and a line feed are one break.
    for typed in typed.replace("\r\n", "\n").split(is_break) {
        let line = line(typed);
        if !line.is_empty() {
            if !text.is_empty() {
                text.push_str(if breaks > 1 { "\n\n" } else { "\n" });
            }
            text.push_str(&line);
            breaks = 0;
        }
        breaks += 1;
    }
    text
}

/// Line breaks of all systems, including form feed and the vertical tab of word processors.
fn is_break(c: char) -> bool {
    matches!(
        c,
        '\n' | '\u{b}' | '\u{c}' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
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

/// Latin letters, digits and signs in half width; other full-width characters are kept.
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
        assert_eq!(name("O\u{ff40}Neil"), "O'Neil");
        assert_eq!(name("王\u{e863}"), "王\u{4dae}");
        assert_eq!(name("Ｊｏｈｎ   Ｓｍｉｔｈ"), "John Smith");
        assert_eq!(name("Anna\u{2011}Maria"), "Anna-Maria");
        assert_eq!(name("阿卜杜拉．买买提"), "阿卜杜拉·买买提");
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
    fn an_address_has_one_form() {
        for typed in [
            "\u{feff}wang-ming@example.org\n",
            "ｗａｎｇ－ｍｉｎｇ＠ｅｘａｍｐｌｅ．ｏｒｇ",
            "wang\u{2011}ming@ example.org",
        ] {
            assert_eq!(address(typed), "wang-ming@example.org", "{typed:?}");
        }
        assert_eq!(
            address("\u{202d}199\u{2011}0000\u{2011}0001\u{202c}"),
            "199-0000-0001"
        );
    }

    #[test]
    fn paragraphs_keep_their_breaks_and_no_more_than_two() {
        assert_eq!(
            paragraphs("\r\n一\u{200b}  段 \r\n\r\n\u{2028} \r二\t段\u{2029}三\n \n"),
            "一 段\n\n二 段\n三"
        );
        assert_eq!(paragraphs("一\n二"), "一\n二");
        assert_eq!(paragraphs("一\r\n二"), "一\n二");
        assert_eq!(paragraphs(" \u{200b}\n\u{3000}"), "");
    }

    proptest! {
        #[test]
        fn reading_again_changes_nothing(typed in any::<String>()) {
            prop_assert_eq!(number(&number(&typed)), number(&typed));
            prop_assert_eq!(address(&address(&typed)), address(&typed));
            prop_assert_eq!(name(&name(&typed)), name(&typed));
            prop_assert_eq!(line(&line(&typed)), line(&typed));
            prop_assert_eq!(paragraphs(&paragraphs(&typed)), paragraphs(&typed));
        }

        #[test]
        fn nothing_invisible_remains(typed in any::<String>()) {
            for read in [number(&typed), address(&typed), name(&typed), line(&typed), paragraphs(&typed)] {
                prop_assert!(!read.chars().any(is_invisible), "{read:?}");
            }
        }

        #[test]
        fn a_line_says_something_exactly_if_something_is_visible(typed in any::<String>()) {
            prop_assert_eq!(line(&typed).is_empty(), !typed.chars().any(is_visible));
        }

        #[test]
        fn paragraphs_are_lines_with_single_or_double_breaks(typed in "[ab \u{3000}\n\r\u{2028}\u{200b}\u{301}]{0,30}") {
            let read = paragraphs(&typed);
            prop_assert!(!read.contains("\n\n\n") && read.trim() == read, "{read:?}");
            prop_assert!(read.split('\n').all(|one| line(one) == one), "{read:?}");
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            prop_assert_eq!(words(&read), words(&line(&typed)), "nothing that shows is lost");
        }
    }
}
