//! A synthetic person.

use time::{Date, Duration, Month, OffsetDateTime};
use uuid::Uuid;

use crate::{
    Population,
    chance::{Of, below, unit},
    ids::{Kind, id},
};

/// The password of all synthetic people, who exist only in development.
pub const PASSWORD: &str = "wangshang-kexie-2026";

/// A synthetic person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person<'a> {
    /// UUIDv7.
    pub person_id: Uuid,
    /// UUIDv7.
    pub account_id: Uuid,
    /// The public number: 15 digits and a check character.
    pub person_number: String,
    /// As on an identity card.
    pub name: String,
    /// The county they work in, GB/T 2260.
    pub division_code: &'a str,
    /// When they registered.
    pub registered_at: OffsetDateTime,
    /// When they were verified, if they were; members of a society always are.
    pub verified_at: Option<OffsetDateTime>,
}

/// The mail address that a person signs in with.
pub fn address(person: u64) -> String {
    format!("scientist-{person}@example.org")
}

/// Birthdays, from 1951 to 2005: everyone is of age.
const BIRTHDAYS: u64 = 20_000;

/// The share of men.
const MEN: f64 = 0.6;

/// The place of the person's birthday among all: people who follow one another are of different ages. The factor has no divisor in common
/// with the number of birthdays.
fn spread_birthday(person: u64) -> u64 {
    person % BIRTHDAYS * 12_361 % BIRTHDAYS
}

const SURNAMES: [&str; 40] = [
    "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡", "郭",
    "何", "林", "高", "罗", "郑", "梁", "谢", "宋", "唐", "许", "韩", "冯", "邓", "曹", "彭", "曾",
    "萧", "田", "董", "袁", "潘", "于", "蒋", "欧阳",
];
const GIVEN: [&str; 48] = [
    "伟", "芳", "敏", "静", "磊", "洋", "艳", "勇", "杰", "娟", "涛", "明", "超", "霞", "平", "刚",
    "文", "华", "云", "飞", "玲", "建", "国", "志", "海", "晓", "春", "红", "军", "丽", "强", "宇",
    "思", "雨", "博", "涵", "子", "轩", "欣", "怡", "佳", "晨", "天", "睿", "一", "鸣", "远", "航",
];

impl Population {
    /// The person with this ordinal.
    pub fn person(&self, person: u64) -> Person<'_> {
        let registered_at = self.moment(person as f64 / self.scale as f64);
        // Members of a society, and half of the others.
        let verified = self.memberships(person) > 0 || person % 2 == 1;
        Person {
            person_id: id(Kind::Person, person),
            account_id: id(Kind::Account, person),
            person_number: number(person),
            name: name(person),
            division_code: self.places.division(Of::Division, person),
            registered_at,
            verified_at: verified.then(|| {
                registered_at + Duration::minutes(2 + below(Of::Birth, person, 600) as i64)
            }),
        }
    }

    /// An identity number in the form of GB 11643 that is not assigned: prefecture 99 of the person's province. Unique
    /// among people below [`MOST`](crate::MOST); demo accounts have county 01 there, synthetic people 02.
    pub fn resident_id(&self, person: u64) -> String {
        let province = self.places.division(Of::Division, person);
        let province = province.get(..2).unwrap_or("11");
        let (day, round) = (spread_birthday(person), person / BIRTHDAYS);
        let birthday = Date::from_calendar_date(1951, Month::January, 1)
            .unwrap_or(Date::MIN)
            .saturating_add(Duration::days(day as i64));
        // Odd for men, as on identity cards. 500 rounds of people share the birthdays.
        let serial = 2 * round + u64::from(unit(Of::Gender, person) < MEN);
        let digits = format!(
            "{province}9902{:04}{:02}{:02}{serial:03}",
            birthday.year(),
            u8::from(birthday.month()),
            birthday.day(),
        );
        let check = mod_11_2(&digits);
        format!("{digits}{check}")
    }
}

/// A name for the person with this ordinal.
pub fn name(person: u64) -> String {
    let pick = |list: &'static [&'static str], from: u64| list[(from % list.len() as u64) as usize];
    let bits = below(Of::Name, person, u64::MAX);
    let second = match unit(Of::Title, person) {
        share if share < 0.3 => "",
        _ => pick(&GIVEN, bits >> 40),
    };
    format!(
        "{}{}{second}",
        pick(&SURNAMES, bits),
        pick(&GIVEN, bits >> 20)
    )
}

/// The first 15 digits are spread over the whole range, so that they look random and are unique: the factor has no
/// divisor in common with 9·10¹⁴.
fn number(person: u64) -> String {
    const NUMBERS: u128 = 900_000_000_000_000;
    const FACTOR: u128 = 618_033_988_749_889;
    let spread = (u128::from(person) * FACTOR + 271_828_182_845_904) % NUMBERS;
    let digits = (100_000_000_000_000 + spread).to_string();
    let check = mod_11_2(&digits);
    format!("{digits}{check}")
}

/// The check character of ISO/IEC 7064 MOD 11-2.
fn mod_11_2(digits: &str) -> char {
    let sum = digits
        .bytes()
        .fold(0, |sum, digit| (sum + u32::from(digit - b'0')) * 2 % 11);
    match (12 - sum) % 11 {
        10 => 'X',
        check => char::from_digit(check, 10).unwrap_or('X'),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::{collections::HashSet, path::Path};

    use time::macros::datetime;

    use super::*;

    fn population() -> Population {
        let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../seeds");
        Population::read(&seeds, 100_000, datetime!(2026-11-22 03:04:05 UTC)).unwrap()
    }

    #[test]
    fn no_two_people_share_a_number() {
        let population = population();
        let (mut numbers, mut documents) = (HashSet::new(), HashSet::new());
        for person in (0..50_000).chain(crate::MOST - 2_000..crate::MOST) {
            let number = number(person);
            assert_eq!(number.len(), 16);
            assert_eq!(number.chars().last(), Some(mod_11_2(&number[..15])));
            assert!(numbers.insert(number), "{person}");
            assert!(documents.insert(population.resident_id(person)), "{person}");
        }
    }

    #[test]
    fn identity_numbers_stand_in_a_prefecture_that_was_never_assigned() {
        let population = population();
        let number = population.resident_id(1_234);
        assert_eq!(number.len(), 18);
        assert_eq!(&number[2..6], "9902");
        let assigned = std::fs::read_to_string(
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../seeds/divisions.csv"),
        );
        let prefectures: Vec<String> = assigned
            .unwrap()
            .lines()
            .filter_map(|line| line.get(2..4).map(str::to_owned))
            .collect();
        assert!(!prefectures.contains(&"99".to_owned()));
    }

    #[test]
    fn people_are_of_every_age_and_both_genders() {
        let population = population();
        let numbers: Vec<String> = (0..20_000).map(|n| population.resident_id(n)).collect();
        let in_decade = |decade: &str| {
            numbers
                .iter()
                .filter(|n| n[6..].starts_with(decade))
                .count()
        };
        for decade in ["195", "196", "197", "198", "199"] {
            assert!(in_decade(decade) > 3_000, "{decade}");
        }
        // The last digit of the serial says it.
        let odd = |number: &&String| number.as_bytes()[16] % 2 == 1;
        let men = numbers.iter().filter(odd).count();
        assert!((11_700..12_300).contains(&men), "{men}");
        let last = population.resident_id(crate::MOST - 1);
        assert!(last[14..17].starts_with("99"), "{last}");
    }

    #[test]
    fn the_check_character_is_that_of_the_standard() {
        // The example of GB 11643-1999.
        assert_eq!(mod_11_2("11010519491231002"), 'X');
    }

    #[test]
    fn people_come_one_after_the_other_and_members_are_verified() {
        let population = population();
        let people: Vec<Person<'_>> = (0..1_000).map(|n| population.person(n)).collect();
        for (at, person) in people.iter().enumerate() {
            assert!((2..=5).contains(&person.name.chars().count()), "{person:?}");
            assert!(population.memberships(at as u64) == 0 || person.verified_at.is_some());
            assert!(
                person
                    .verified_at
                    .is_none_or(|at| at > person.registered_at)
            );
        }
        assert!(people.is_sorted_by_key(|person| person.registered_at));
        assert_eq!(population.person(7), population.person(7));
    }
}
