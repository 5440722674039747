//! Validates the rows of `seeds/plan-indicators.csv`.

use time::{Date, format_description::BorrowedFormatItem, macros::format_description};

use super::Indicator;

const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// A row of the file.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct Row {
    /// Column `key`.
    pub key: String,
    /// Column `name`.
    pub name: String,
    /// Column `target`.
    pub target: f64,
    /// Column `unit`.
    pub unit: String,
    /// Column `comparison`.
    pub comparison: String,
    /// Column `due`.
    pub due: String,
    /// Column `document`.
    pub document: String,
    /// Column `clause`.
    pub clause: String,
}

/// Why a row is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// The key.
    #[error("`key` must be a name in snake_case of at most 60 characters")]
    Key,
    /// An empty column.
    #[error("`{0}` must not be empty")]
    Empty(&'static str),
    /// The target.
    #[error("`target` must be a positive number")]
    Target,
    /// The comparison.
    #[error("`comparison` must be `at_least` or `about`")]
    Comparison,
    /// The day.
    #[error("`due` must be a day YYYY-MM-DD or empty")]
    Due,
}

/// The indicator that a row describes.
pub fn indicator(row: Row) -> Result<Indicator, RowError> {
    let snake = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let begins = row.key.starts_with(|c: char| c.is_ascii_lowercase());
    if !begins || row.key.len() > 60 || !row.key.chars().all(snake) {
        return Err(RowError::Key);
    }
    for (column, text) in [
        ("name", &row.name),
        ("unit", &row.unit),
        ("document", &row.document),
        ("clause", &row.clause),
    ] {
        if text.trim().is_empty() {
            return Err(RowError::Empty(column));
        }
    }
    if !row.target.is_finite() || row.target <= 0.0 {
        return Err(RowError::Target);
    }
    if !["at_least", "about"].contains(&row.comparison.as_str()) {
        return Err(RowError::Comparison);
    }
    let due_on = match row.due.as_str() {
        "" => None,
        text => Some(Date::parse(text, DAY).map_err(|_| RowError::Due)?),
    };
    Ok(Indicator {
        key: row.key,
        name: row.name,
        target: row.target,
        unit: row.unit,
        comparison: row.comparison,
        due_on,
        document: row.document,
        clause: row.clause,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use time::macros::date;

    use super::*;

    fn row() -> Row {
        Row {
            key: "trained_talent".into(),
            name: "党校体系全年调训战略科技人才".into(),
            target: 10_000.0,
            unit: "people".into(),
            comparison: "at_least".into(),
            due: "2025-12-31".into(),
            document: "中国科协2025年工作要点".into(),
            clause: "1".into(),
        }
    }

    #[test]
    fn a_good_row_is_an_indicator() {
        assert_eq!(
            indicator(row()).unwrap().due_on,
            Some(date!(2025 - 12 - 31))
        );
        assert_eq!(
            indicator(Row {
                due: String::new(),
                ..row()
            })
            .unwrap()
            .due_on,
            None
        );
    }

    #[test]
    fn a_bad_row_is_refused_with_the_column_at_fault() {
        let refused = |row| indicator(row).unwrap_err();
        assert_eq!(
            refused(Row {
                key: "Trained".into(),
                ..row()
            }),
            RowError::Key
        );
        assert_eq!(
            refused(Row {
                key: String::new(),
                ..row()
            }),
            RowError::Key
        );
        assert_eq!(
            refused(Row {
                name: " ".into(),
                ..row()
            }),
            RowError::Empty("name")
        );
        assert_eq!(
            refused(Row {
                target: f64::NAN,
                ..row()
            }),
            RowError::Target
        );
        assert_eq!(
            refused(Row {
                target: 0.0,
                ..row()
            }),
            RowError::Target
        );
        assert_eq!(
            refused(Row {
                comparison: "more".into(),
                ..row()
            }),
            RowError::Comparison
        );
        assert_eq!(
            refused(Row {
                due: "31.12.2025".into(),
                ..row()
            }),
            RowError::Due
        );
    }
}
