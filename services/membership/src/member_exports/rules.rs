//! What a file of members says in words.

use exports::Title;

use super::Column;
use crate::{categories::Category, memberships::State};

impl Column {
    /// As the file has it: name, title, width.
    pub(super) const fn described(self) -> exports::Column {
        let (zh, en, width) = match self {
            Self::MemberNumber => ("会员号", "Member number", 15),
            Self::PersonNumber => ("科协号", "Person number", 20),
            Self::MemberName => ("姓名", "Name", 14),
            Self::Category => ("会员类别", "Category", 12),
            Self::State => ("状态", "State", 12),
            Self::JoinedOn => ("入会日期", "Joined on", 12),
        };
        exports::Column {
            key: self.as_str(),
            title: Title { zh, en },
            width,
        }
    }
}

/// All columns, in the order of [`Column::ALL`].
pub(super) const COLUMNS: [exports::Column; 6] = [
    Column::MemberNumber.described(),
    Column::PersonNumber.described(),
    Column::MemberName.described(),
    Column::Category.described(),
    Column::State.described(),
    Column::JoinedOn.described(),
];

/// A state in words.
pub(super) const fn state(state: State) -> Title {
    let en = match state {
        State::Active => "Active",
        State::Suspended => "Suspended",
        State::Resigned => "Resigned",
    };
    Title {
        zh: state.title_zh(),
        en,
    }
}

/// A category in words.
pub(super) const fn category(category: Category) -> Title {
    let (zh, en) = match category {
        Category::Ordinary => ("普通会员", "Ordinary member"),
        Category::Student => ("学生会员", "Student member"),
        Category::Senior => ("高级会员", "Senior member"),
    };
    Title { zh, en }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_has_its_place() {
        let described: Vec<_> = Column::ALL
            .iter()
            .map(|column| column.described())
            .collect();
        assert_eq!(described, COLUMNS);
    }
}
