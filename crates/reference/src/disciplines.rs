//! The first-level disciplines of GB/T 13745: three digits and a Chinese name each.

use std::sync::LazyLock;

/// A discipline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Discipline {
    /// Three digits.
    pub code: &'static str,
    /// As the standard has it.
    pub name: &'static str,
}

static ALL: LazyLock<Vec<Discipline>> = LazyLock::new(|| {
    let rows = include_str!("../../../seeds/disciplines.csv")
        .lines()
        .skip(1);
    rows.filter_map(|row| row.split_once(','))
        .map(|(code, name)| Discipline { code, name })
        .collect()
});

/// All of them, by code.
pub fn all() -> &'static [Discipline] {
    &ALL
}

/// The one with this code.
pub fn of(code: &str) -> Option<Discipline> {
    let at = ALL.binary_search_by(|discipline| discipline.code.cmp(code));
    ALL.get(at.ok()?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_discipline_is_found_by_its_code() {
        assert_eq!(all().len(), 62);
        assert_eq!(of("520").map(|found| found.name), Some("计算机科学技术"));
        assert_eq!(of("521"), None);
        assert_eq!(of(""), None);
    }
}
