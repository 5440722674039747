//! Synthetic people: unowned addresses and unassigned identity numbers.

use time::{Date, Duration, Month};

/// The password of all accounts that the journey creates.
pub const PASSWORD: &str = "Journey-2025-Kexie";

/// A mail address that no journey has used before.
pub fn address(run: &str, who: &str) -> String {
    format!("{who}.{run}@journey.example")
}

/// A valid resident identity number (GB 11643-1999) with an area code that was never assigned (119901): real in form
/// only. `seed` selects one of some ten million.
pub fn resident_id_number(seed: u64) -> String {
    let start = Date::from_calendar_date(1950, Month::January, 1).unwrap_or(Date::MIN);
    let born = start + Duration::days((seed % 18_000) as i64);
    let serial = (seed / 18_000) % 1_000;
    let digits = format!(
        "119901{:04}{:02}{:02}{serial:03}",
        born.year(),
        u8::from(born.month()),
        born.day()
    );
    format!("{digits}{}", check_character(&digits))
}

/// ISO 7064 MOD 11-2 over the first 17 digits.
fn check_character(digits: &str) -> char {
    let sum = digits
        .bytes()
        .fold(0, |p, digit| (p + u32::from(digit - b'0')) * 2 % 11);
    match (12 - sum) % 11 {
        10 => 'X',
        value => char::from_digit(value, 10).unwrap_or('X'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_character_is_that_of_the_standard() {
        // The example of GB 11643-1999.
        assert_eq!(check_character("11010519491231002"), 'X');
        assert_eq!(check_character("44052418800101001"), '4');
    }

    #[test]
    fn every_seed_gives_eighteen_characters() {
        for seed in [0, 1, 17_999, 18_000, 9_999_999, u64::MAX] {
            assert_eq!(resident_id_number(seed).len(), 18);
        }
    }
}
