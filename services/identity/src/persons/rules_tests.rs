#![allow(clippy::unwrap_used)]
use proptest::prelude::*;

use super::*;

#[test]
fn real_names_are_letters_and_what_stands_between_them() {
    for right in [
        "王小明",
        "买买提·艾力",
        "Anna-Maria O'Neill",
        "𠮷田",
        "王\u{4dae}",
        "王\u{2e81}",
        &"王".repeat(50),
    ] {
        assert_eq!(real_name(right), Ok(()), "{right}");
    }
    for wrong in [
        " 王小明",
        "买买提•艾力",
        "王\u{e863}",
        "王",
        "",
        "王小明1",
        "王 小明",
        "·王明",
        "王明·",
        "王··明",
        "王小明！",
        "🙂🙂",
        "Anna  Maria",
        &"王".repeat(51),
    ] {
        assert_eq!(real_name(wrong), Err(NameError), "{wrong}");
    }
}

#[test]
fn every_character_that_gb_18030_2022_moved_stands_in_a_name() {
    for private in '\u{e815}'..='\u{e864}' {
        let name = text::name(&format!("王{private}"));
        assert!(!name.contains(private), "{private:?}");
        assert_eq!(real_name(&name), Ok(()), "{private:?}");
    }
}

#[test]
fn names_are_masked_but_for_the_first_character() {
    assert_eq!(masked_name("王小明"), "王**");
    assert_eq!(masked_name(""), "");
}

proptest! {
    #[test]
    fn person_numbers_have_their_form_and_check(drawn in 0..NUMBERS) {
        let number = person_number(drawn);
        prop_assert_eq!(number.len(), 16);
        prop_assert!(is_person_number(&number));
    }

    #[test]
    fn different_draws_give_different_numbers(a in 0..NUMBERS, b in 0..NUMBERS) {
        prop_assert_eq!(a == b, person_number(a) == person_number(b));
    }

    #[test]
    fn one_wrong_digit_in_a_person_number_is_noticed(drawn in 0..NUMBERS, at in 0usize..16, other in 0u8..10) {
        let number = person_number(drawn);
        let mut wrong = number.clone().into_bytes();
        wrong[at] = b'0' + other;
        prop_assume!(wrong != number.as_bytes());
        prop_assert!(!is_person_number(&String::from_utf8(wrong).unwrap()));
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,30}") {
        let _ = (real_name(&text), is_person_number(&text), masked_name(&text));
    }

    #[test]
    fn a_name_is_taken_in_the_form_it_is_read_in_alone(typed in "[王李·• '’a-zÀ-ÿ\u{2010}-]{1,12}") {
        if real_name(&typed).is_ok() {
            prop_assert_eq!(text::name(&typed), typed);
        }
    }
}
