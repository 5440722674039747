//! What a certificate of membership says. Pure.

use papers::{Fact, Reason};
use time::Date;

use crate::{categories::Category, memberships::State};

/// Why a membership in this state is not certified; `None` if it is.
pub(super) fn revoked(state: State) -> Option<Reason> {
    match state {
        State::Active => None,
        State::Suspended => Some(Reason::Suspended),
        State::Resigned => Some(Reason::Ended),
    }
}

/// The facts in the order in which a verification shows them.
pub(super) fn facts(
    member_number: &str,
    category: Category,
    joined_on: Date,
) -> Vec<(&'static str, Fact)> {
    vec![
        ("member_number", Fact::same(member_number)),
        ("category", title(category)),
        ("joined_on", day(joined_on)),
    ]
}

fn title(category: Category) -> Fact {
    let (zh, en) = match category {
        Category::Ordinary => ("普通会员", "ordinary member"),
        Category::Student => ("学生会员", "student member"),
        Category::Senior => ("高级会员", "senior member"),
    };
    Fact {
        zh: zh.to_owned(),
        en: en.to_owned(),
    }
}

fn day(day: Date) -> Fact {
    let (year, month, number) = (day.year(), day.month(), day.day());
    Fact {
        zh: format!("{year}年{}月{number}日", u8::from(month)),
        en: format!("{number} {month} {year}"),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn only_a_membership_in_force_is_certified() {
        assert_eq!(revoked(State::Active), None);
        assert_eq!(revoked(State::Suspended), Some(Reason::Suspended));
        assert_eq!(revoked(State::Resigned), Some(Reason::Ended));
    }

    #[test]
    fn facts_are_in_both_languages() {
        let facts = facts("B200000123M", Category::Senior, date!(2024 - 03 - 05));
        let keys: Vec<&str> = facts.iter().map(|(key, _)| *key).collect();
        assert_eq!(keys, ["member_number", "category", "joined_on"]);
        assert_eq!(facts[1].1.zh, "高级会员");
        assert_eq!(facts[2].1.zh, "2024年3月5日");
        assert_eq!(facts[2].1.en, "5 March 2024");
    }
}
