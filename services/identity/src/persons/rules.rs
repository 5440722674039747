//! What a person number, a resident identity number and a real name look like, and when a person may be verified. Pure.

use std::fmt;

use time::Date;

use super::age::{self, Group};

/// The check character of ISO/IEC 7064, MOD 11-2: `0` to `9` or `X`, for a string of digits. GB 11643 prescribes the same
/// system for resident identity numbers.
pub fn mod_11_2(digits: &str) -> char {
    let product = digits.bytes().fold(0, |product, digit| {
        (product + u32::from(digit.wrapping_sub(b'0'))) * 2 % 11
    });
    match (12 - product) % 11 {
        10 => 'X',
        // Below 10, so there is a digit.
        check => char::from_digit(check, 10).unwrap_or('X'),
    }
}

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

/// A resident identity number that passes every check that can be made without asking anybody. Its `Debug` form is masked.
#[derive(Clone, PartialEq, Eq)]
pub struct ResidentId(String);

/// Why a text is no resident identity number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResidentIdError {
    /// Not 17 digits and a digit or X.
    #[error("not 18 characters of the right kind")]
    Form,
    /// The 15 digits of before 1999.
    #[error("a number of the first generation")]
    FirstGeneration,
    /// A residence permit for people from Hong Kong, Macau or Taiwan, or for foreigners: not offered yet.
    #[error("the number of a residence permit")]
    ResidencePermit,
    /// The first six digits are no division of the mainland.
    #[error("an impossible division")]
    Division,
    /// Digits 7 to 14 are no day.
    #[error("an impossible date of birth")]
    BirthDate,
    /// Digits 7 to 14 are a day on which nobody living was born.
    #[error("an implausible date of birth")]
    ImplausibleBirthDate,
    /// The last character is not what the others demand.
    #[error("a wrong check character")]
    Check,
}

impl ResidentIdError {
    /// What the person is told, in English and Chinese.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Form => (
                "Not an identity number; give 17 digits and a digit or X.",
                "身份证号码应为 18 位：前 17 位为数字，最后一位为数字或 X。",
            ),
            Self::FirstGeneration => (
                "Numbers of 15 digits are no longer valid; give the 18 characters of your present identity card.",
                "15 位身份证号码已停止使用，请填写现行居民身份证上的 18 位号码。",
            ),
            Self::ResidencePermit => (
                "Residence permits are not supported yet; give the number of a resident identity card.",
                "暂不支持港澳台居民居住证和外国人永久居留身份证，请使用居民身份证。",
            ),
            Self::Division => (
                "The first six digits are no division of China; compare the number with your card.",
                "身份证号码前 6 位有误，请与证件核对。",
            ),
            Self::BirthDate => (
                "Digits 7 to 14 are no date of birth; compare the number with your card.",
                "身份证号码第 7 至 14 位不是有效的出生日期，请与证件核对。",
            ),
            Self::ImplausibleBirthDate => (
                "Digits 7 to 14 say a date of birth that lies in the future, before 1900 or more than 130 years ago; compare the number with your card.",
                "身份证号码中的出生日期晚于今天、早于 1900 年或距今超过 130 年，请与证件核对。",
            ),
            Self::Check => (
                "One of the characters is wrong; compare the number with your card.",
                "身份证号码校验未通过，可能有一位填错，请与证件核对。",
            ),
        }
    }
}

/// The first two digits of GB/T 2260 codes of the mainland.
const PROVINCES: [u8; 31] = [
    11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52,
    53, 54, 61, 62, 63, 64, 65,
];

impl ResidentId {
    /// Reads a number as of GB 11643-1999. `today` is the day in China.
    pub fn parse(text: &str, today: Date) -> Result<Self, ResidentIdError> {
        if text.len() == 15 && text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(if text.starts_with(|c: char| c.is_ascii_digit()) {
                ResidentIdError::FirstGeneration
            } else {
                ResidentIdError::Form
            });
        }
        // The permanent residence card of foreigners had 3 letters and 12 digits until 2023.
        if text.len() == 15 && text.bytes().take(3).all(|b| b.is_ascii_alphabetic()) {
            return Err(ResidentIdError::ResidencePermit);
        }
        let (digits, check) = text.split_at_checked(17).ok_or(ResidentIdError::Form)?;
        let check = match check.as_bytes() {
            [c @ (b'0'..=b'9' | b'X')] => char::from(*c),
            _ => return Err(ResidentIdError::Form),
        };
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(ResidentIdError::Form);
        }
        let part = |from: usize, to: usize| {
            digits
                .get(from..to)
                .and_then(|part| part.parse::<u16>().ok())
                .unwrap_or(0)
        };
        let province = part(0, 2);
        if (81..=83).contains(&province) || province >= 90 {
            return Err(ResidentIdError::ResidencePermit);
        }
        // Districts and counties come and go, and a number keeps the one of its first registration: only the province and that
        // there is a prefecture can be checked.
        if !PROVINCES.iter().any(|known| u16::from(*known) == province) || part(2, 4) == 0 {
            return Err(ResidentIdError::Division);
        }
        let born = age::born(digits).ok_or(ResidentIdError::BirthDate)?;
        if !age::plausible(born, today) {
            return Err(ResidentIdError::ImplausibleBirthDate);
        }
        if check != mod_11_2(digits) {
            return Err(ResidentIdError::Check);
        }
        Ok(Self(text.to_owned()))
    }

    /// When the person was born.
    pub fn born(&self) -> Option<Date> {
        age::born(&self.0)
    }

    /// The number itself. To be sealed, hashed, or sent to the authority; nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ResidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&masked(&self.0))
    }
}

/// All but the first and the last character of a document number masked.
pub fn masked(number: &str) -> String {
    let mut characters = number.chars();
    match (characters.next(), characters.next_back()) {
        (Some(first), Some(last)) => format!("{first}{}{last}", "*".repeat(characters.count())),
        _ => "*".to_owned(),
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

/// What is known of a person from earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Earlier {
    /// Nothing.
    Nothing,
    /// Verified; whether name and number are those of now.
    Verified(bool),
    /// Waiting for a guardian, and never verified; likewise.
    Awaiting(bool),
    /// Was verified until the guardian withdrew the consent; likewise.
    Suspended(bool),
}

/// What a verification does to the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verification {
    /// The person becomes verified.
    Verify,
    /// Name and number are kept until a guardian agrees.
    AwaitGuardian,
    /// Nothing: it is the same name and number as before.
    Repeated,
}

/// A person who is or was verified already, with something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("verified with another name or number")]
pub struct VerifiedOtherwise;

/// What a verification does, by what is known from earlier and by the age that the number says.
pub fn verify(earlier: Earlier, group: Group) -> Result<Verification, VerifiedOtherwise> {
    match (earlier, group) {
        (Earlier::Verified(false) | Earlier::Suspended(false), _) => Err(VerifiedOtherwise),
        (Earlier::Verified(true), _) => Ok(Verification::Repeated),
        (Earlier::Awaiting(true) | Earlier::Suspended(true), Group::Child) => {
            Ok(Verification::Repeated)
        }
        // A child who gives other data than before is asked for anew, whoever looked at the data of then.
        (Earlier::Nothing | Earlier::Awaiting(false), Group::Child) => {
            Ok(Verification::AwaitGuardian)
        }
        // Who has grown old enough agrees alone.
        (_, Group::Youth | Group::Adult) => Ok(Verification::Verify),
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
