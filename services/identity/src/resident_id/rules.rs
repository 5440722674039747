//! What a resident identity number looks like. Pure.

use std::fmt;

use time::Date;

use super::{age, description::Description};

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
    /// Digits 7 to 14 are a day before the birth of every living person.
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

    /// Gender and year of birth; a number that was read has both.
    pub fn description(&self) -> Option<Description> {
        Description::of(&self.0)
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

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
