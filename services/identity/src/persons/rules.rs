//! What a person number and a real name look like. Pure.

use crate::resident_id::rules::mod_11_2;

/// How many person numbers there are: 15 digits, the first of which is not 0, so that no spreadsheet cuts it off.
pub const NUMBERS: u64 = 900_000_000_000_000;

/// The person number for a number drawn evenly from 0 to [`NUMBERS`] − 1.
pub fn person_number(drawn: u64) -> String {
    let digits = (100_000_000_000_000 + drawn % NUMBERS).to_string();
    let check = mod_11_2(&digits);
    format!("{digits}{check}")
}

/// Whether it could be the number of a person: form and check character.
pub fn is_person_number(text: &str) -> bool {
    match text.split_at_checked(15) {
        Some((digits, check)) => {
            digits.bytes().all(|b| b.is_ascii_digit())
                && !digits.starts_with('0')
                && check.chars().eq([mod_11_2(digits)])
        }
        None => false,
    }
}

/// All but the first character of a name masked.
pub fn masked_name(name: &str) -> String {
    let mut characters = name.chars();
    let first = characters.next().into_iter();
    first.chain(characters.map(|_| '*')).collect()
}

/// A name that is no name of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a person")]
pub struct NameError;

impl NameError {
    /// What the person is told, in English and Chinese.
    pub fn words(self) -> (&'static str, &'static str) {
        (
            "Not a name as on an identity card; give 2 to 50 letters, with dots or blanks between parts only.",
            "姓名有误，请填写与身份证一致的姓名，2 至 50 个字，仅可含汉字、字母和间隔号。",
        )
    }
}

/// A real name as it was read: 2 to 50 characters, Chinese or Latin letters; parts separated by `·` or, in Latin names, by a blank, an
/// apostrophe or a hyphen.
pub fn real_name(name: &str) -> Result<(), NameError> {
    let letter = |c: char| is_han(c) || is_latin(c);
    let mut before = None;
    for c in name.chars() {
        let fits = match c {
            '·' => before.is_some_and(letter),
            ' ' | '\'' | '-' => before.is_some_and(is_latin),
            c => letter(c),
        };
        if !fits {
            return Err(NameError);
        }
        before = Some(c);
    }
    if before.is_some_and(letter) && (2..=50).contains(&name.chars().count()) {
        Ok(())
    } else {
        Err(NameError)
    }
}

/// CJK ideographs with their extensions, compatibility forms that stand in names, 〇, and the components of characters that GB 18030 has among
/// the characters.
fn is_han(c: char) -> bool {
    matches!(c, '\u{3007}' | '\u{2e80}'..='\u{2ef3}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{323af}')
}

fn is_latin(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, '\u{c0}'..='\u{24f}' if c.is_alphabetic())
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
