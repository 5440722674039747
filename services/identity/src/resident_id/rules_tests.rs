#![allow(clippy::unwrap_used)]
use proptest::prelude::*;
use time::macros::date;

use super::*;

const TODAY: Date = date!(2026 - 11 - 21);

fn with_check(digits: &str) -> String {
    format!("{digits}{}", mod_11_2(digits))
}

#[test]
fn check_characters_agree_with_published_examples() {
    // GB 11643-1999, annex A; ISO/IEC 7064:2003, MOD 11-2; an ORCID iD, which uses the same system.
    assert_eq!(mod_11_2("11010519491231002"), 'X');
    assert_eq!(mod_11_2("44052418800101001"), '4');
    assert_eq!(mod_11_2("0794"), '0');
    assert_eq!(mod_11_2("079"), 'X');
    assert_eq!(mod_11_2("000000021825009"), '7');
}

#[test]
fn the_examples_of_the_standard_are_valid() {
    assert_eq!(
        ResidentId::parse("11010519491231002X", TODAY)
            .unwrap()
            .expose(),
        "11010519491231002X"
    );
    // The second one of the annex is right as far as form and check character go; its owner would be 146 years old.
    assert_eq!(
        ResidentId::parse("440524188001010014", TODAY),
        Err(ResidentIdError::ImplausibleBirthDate)
    );
}

#[test]
fn what_is_no_number_is_refused_with_its_reason() {
    use ResidentIdError::*;
    let today = with_check("11010520261121001");
    let leap = with_check("11010520250229001");
    for (text, error) in [
        ("", Form),
        ("1101051949123100", Form),
        ("11010519491231002Y", Form),
        ("1101051949123100２X", Form),
        ("110105194912310X20", Form),
        ("130503670401001", FirstGeneration),
        ("USA110110011001", ResidencePermit),
        (&with_check("81000019900101001"), ResidencePermit),
        (&with_check("83000019900101001"), ResidencePermit),
        (&with_check("91100019900101001"), ResidencePermit),
        (&with_check("10010519900101001"), Division),
        (&with_check("66010519900101001"), Division),
        (&with_check("11000019900101001"), Division),
        (&leap, BirthDate),
        (&today, ImplausibleBirthDate),
        (&with_check("11010520991231001"), ImplausibleBirthDate),
        (&with_check("11010518991231001"), ImplausibleBirthDate),
        (&with_check("11010519901301001"), BirthDate),
        ("110105194912310021", Check),
    ] {
        assert_eq!(ResidentId::parse(text, TODAY), Err(error), "{text}");
    }
}

#[test]
fn numbers_are_masked_but_for_their_ends() {
    let number = ResidentId::parse("11010519491231002X", TODAY).unwrap();
    assert_eq!(masked(number.expose()), "1****************X");
    assert_eq!(format!("{number:?}"), "1****************X");
    assert_eq!(masked(""), "*");
}

prop_compose! {
    fn valid_numbers()(
        province in prop::sample::select(PROVINCES.to_vec()),
        prefecture in 1u16..100,
        county in 0u16..100,
        days in 0i32..46_000,
        sequence in 0u16..1_000,
    ) -> String {
        let born = date!(1900 - 01 - 01) + time::Duration::days(i64::from(days));
        let (year, month, day) = born.to_calendar_date();
        with_check(&format!(
            "{province:02}{prefecture:02}{county:02}{year:04}{:02}{day:02}{sequence:03}",
            u8::from(month)
        ))
    }
}

proptest! {
    #[test]
    fn well_formed_numbers_are_taken(number in valid_numbers()) {
        prop_assert!(ResidentId::parse(&number, TODAY).is_ok());
    }

    /// What MOD 11-2 is chosen for: every single wrong character and every swap of neighbours is noticed.
    #[test]
    fn one_wrong_character_is_always_noticed(number in valid_numbers(), at in 0usize..18, other in 0u8..10) {
        let mut wrong = number.clone().into_bytes();
        wrong[at] = b'0' + other;
        prop_assume!(wrong != number.as_bytes());
        prop_assert!(ResidentId::parse(&String::from_utf8(wrong).unwrap(), TODAY).is_err());
    }

    #[test]
    fn swapped_neighbours_are_always_noticed(number in valid_numbers(), at in 0usize..16) {
        let mut wrong = number.clone().into_bytes();
        wrong.swap(at, at + 1);
        prop_assume!(wrong != number.as_bytes());
        prop_assert!(ResidentId::parse(&String::from_utf8(wrong).unwrap(), TODAY).is_err());
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,30}") {
        let _ = (ResidentId::parse(&text, TODAY), masked(&text));
    }
}
