//! What a file of registrations says in words.

use exports::Title;

use super::Column;
use crate::registrations::State;

impl Column {
    /// As the file has it: name, title, width.
    pub(super) const fn described(self) -> exports::Column {
        let (zh, en, width) = match self {
            Self::PersonNumber => ("科协号", "Person number", 20),
            Self::PersonName => ("姓名", "Name", 14),
            Self::State => ("状态", "State", 12),
            Self::RegisteredAt => ("报名时间", "Registered at", 20),
            Self::CheckedInAt => ("签到时间", "Checked in at", 20),
            Self::Answers => ("报名信息", "Answers", 24),
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
    Column::PersonNumber.described(),
    Column::PersonName.described(),
    Column::State.described(),
    Column::RegisteredAt.described(),
    Column::CheckedInAt.described(),
    Column::Answers.described(),
];

/// A state in words.
pub(super) fn state(state: State) -> Title {
    let en = match state {
        State::Registered => "Registered",
        State::Attended => "Attended",
        State::Cancelled => "Cancelled",
    };
    Title {
        zh: state.title_zh(),
        en,
    }
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
