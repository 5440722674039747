//! What a resident identity number tells of a person that the platform's figures are broken down by: gender and year of birth. Pure.

use super::age;

/// Digit 17 of a number of GB 11643: odd for men, even for women.
const GENDER_DIGIT: usize = 16;

/// Gender as GB 11643 knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gender {
    /// Male.
    Male,
    /// Female.
    Female,
}

/// Gender and year of birth; nothing finer leaves identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Description {
    /// The gender.
    pub gender: Gender,
    /// The year of birth, four digits.
    pub birth_year: i32,
}

impl Description {
    /// What a number tells; `None` if it is no number of GB 11643.
    pub fn of(number: &str) -> Option<Self> {
        let digit = char::from(*number.as_bytes().get(GENDER_DIGIT)?).to_digit(10)?;
        Some(Self {
            gender: match digit % 2 {
                1 => Gender::Male,
                _ => Gender::Female,
            },
            birth_year: age::born(number)?.year(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digit_before_the_check_character_tells_the_gender() {
        let woman = Description {
            gender: Gender::Female,
            birth_year: 1949,
        };
        assert_eq!(Description::of("11010519491231002X"), Some(woman));
        let man = Description {
            gender: Gender::Male,
            ..woman
        };
        assert_eq!(Description::of("110105194912310038"), Some(man));
    }

    #[test]
    fn what_is_no_number_tells_nothing() {
        for text in [
            "",
            "1101",
            "110105194902300020",
            "11010519491231号",
            "1101051949123100X0",
        ] {
            assert_eq!(Description::of(text), None, "{text}");
        }
    }
}
