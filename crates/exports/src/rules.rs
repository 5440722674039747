//! What becomes of an export, and when. Pure.

use time::{Duration, OffsetDateTime};

use crate::{
    state::{Failure, State},
    xlsx,
};

/// A file is kept this long.
pub const KEPT: Duration = Duration::days(7);

/// Exports of a person for one organisation that may wait or run. Another person's do not count, so that no person's exports
/// keep another's out.
pub const MOST_UNDER_WAY: i64 = 5;

/// Rows of a file: what a sheet has below its titles.
pub const MOST_ROWS: i64 = xlsx::MOST_ROWS as i64 - 1;

/// All rows are read in one transaction, which keeps the database from cleaning up behind it. It lasts this long at most.
pub const LONGEST_READING: std::time::Duration = std::time::Duration::from_secs(240);

impl State {
    /// Whether the file is still to come.
    pub const fn is_under_way(self) -> bool {
        matches!(self, Self::Waiting | Self::Running)
    }
}

/// Why a file cannot be handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withheld {
    /// It is being made.
    NotReady,
    /// There is none, or none any more.
    Gone,
    /// It was deleted because a consent was withdrawn.
    Outdated,
}

/// Whether the file of an export in this state can be handed over, as far as its state says.
pub fn handed_over(
    state: State,
    expires_at: Option<OffsetDateTime>,
    now: OffsetDateTime,
) -> Result<(), Withheld> {
    match state {
        State::Ready if expires_at.is_some_and(|expiry| now < expiry) => Ok(()),
        State::Waiting | State::Running => Err(Withheld::NotReady),
        State::Outdated => Err(Withheld::Outdated),
        State::Ready | State::Failed | State::Cancelled | State::Expired | State::Revoked => {
            Err(Withheld::Gone)
        }
    }
}

/// What must become of a file that is ready, if anything: `held` is whether the requester may still have what is in it,
/// `same` whether as many consents are withdrawn as when it was made.
pub fn fate(
    expires_at: OffsetDateTime,
    now: OffsetDateTime,
    held: bool,
    same: bool,
) -> Option<State> {
    match () {
        () if now >= expires_at => Some(State::Expired),
        () if !held => Some(State::Revoked),
        () if !same => Some(State::Outdated),
        () => None,
    }
}

/// Whether so many rows fit into a file.
pub fn check_rows(rows: i64) -> Result<(), Failure> {
    if rows > MOST_ROWS {
        Err(Failure::TooLarge)
    } else {
        Ok(())
    }
}

/// The name under which a person saves the file: what it is of, its day, and the ending. What file systems do not take
/// becomes a dash.
pub fn file_name(title: &str, what: &str, day: &str, ending: &str) -> String {
    let plain: String = title
        .chars()
        .map(|c| match c {
            '\\' | '/' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '-',
            c if c.is_control() || c.is_whitespace() => '-',
            c => c,
        })
        .take(60)
        .collect();
    let plain = plain.trim_matches(['.', '-']);
    let plain = if plain.is_empty() { "export" } else { plain };
    format!("{plain}-{what}-{day}.{ending}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-21 08:00 UTC);

    #[test]
    fn a_file_is_handed_over_while_it_is_ready_and_not_a_moment_longer() {
        for &state in State::ALL {
            let later = Some(NOW + Duration::seconds(1));
            assert_eq!(
                handed_over(state, later, NOW).is_ok(),
                state == State::Ready
            );
            assert!(handed_over(state, Some(NOW), NOW).is_err());
            assert!(handed_over(state, None, NOW).is_err());
        }
        assert_eq!(
            handed_over(State::Waiting, None, NOW),
            Err(Withheld::NotReady)
        );
        assert_eq!(
            handed_over(State::Ready, Some(NOW), NOW),
            Err(Withheld::Gone)
        );
    }

    #[test]
    fn as_many_rows_as_a_sheet_has() {
        assert!(check_rows(MOST_ROWS).is_ok());
        assert_eq!(check_rows(MOST_ROWS + 1), Err(Failure::TooLarge));
    }

    proptest! {
        #[test]
        fn a_file_stays_only_in_time_in_rights_and_in_consent(
            seconds in -10i64..10, held in any::<bool>(), same in any::<bool>()
        ) {
            let fate = fate(NOW + Duration::seconds(seconds), NOW, held, same);
            prop_assert_eq!(fate.is_none(), seconds > 0 && held && same);
            prop_assert!(fate.is_none_or(|state| !state.is_under_way() && state != State::Ready));
        }

        #[test]
        fn a_file_name_is_one_name(title in any::<String>()) {
            let name = file_name(&title, "members", "20261121", "csv");
            prop_assert!(!name.contains(['/', '\\', '\0', '\n', '"', ':']));
            prop_assert!(!name.starts_with('.') && name.ends_with("-members-20261121.csv"));
            prop_assert!(name.chars().count() <= 90);
        }
    }
}
