//! Cancelling, tickets, and masked names.

use time::OffsetDateTime;

use super::{RegistrationError, State};

/// Registered → cancelled, until the activity starts. Also of a cancelled activity.
pub fn cancel(
    state: State,
    activity_starts_at: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<(), RegistrationError> {
    if state != State::Registered {
        return Err(RegistrationError::IllegalMove {
            from: state,
            to: State::Cancelled,
        });
    }
    if activity_starts_at <= now {
        return Err(RegistrationError::TooLateToCancel(activity_starts_at));
    }
    Ok(())
}

/// The version of the form to which the answers of a registration are changed, as long as registration is open.
pub fn change_answers(
    state: State,
    form_version: Option<i32>,
    closes_at: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<i32, RegistrationError> {
    if state == State::Cancelled {
        return Err(RegistrationError::Cancelled);
    }
    let version = form_version.ok_or(RegistrationError::NothingAsked)?;
    if closes_at <= now {
        return Err(RegistrationError::Closed(closes_at));
    }
    Ok(version)
}

/// Whether the registration has a ticket.
pub fn ticket(state: State) -> Result<(), RegistrationError> {
    match state {
        State::Registered | State::Attended => Ok(()),
        State::Cancelled => Err(RegistrationError::Cancelled),
    }
}

/// A masked name, for staff to whom the name was not given: the first character and two asterisks.
pub fn mask_name(name: &str) -> String {
    match name.trim().chars().next() {
        Some(first) => format!("{first}**"),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use time::{Duration, macros::datetime};

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-05-01 02:00 UTC);

    #[test]
    fn a_seat_is_given_back_until_the_start_and_once() {
        let later = NOW + Duration::MICROSECOND;
        assert_eq!(cancel(State::Registered, later, NOW), Ok(()));
        assert_eq!(
            cancel(State::Registered, NOW, NOW),
            Err(RegistrationError::TooLateToCancel(NOW))
        );
        for from in [State::Attended, State::Cancelled] {
            let error = RegistrationError::IllegalMove {
                from,
                to: State::Cancelled,
            };
            assert_eq!(cancel(from, later, NOW), Err(error));
        }
    }

    #[test]
    fn answers_change_until_registration_closes() {
        let later = NOW + Duration::MICROSECOND;
        for state in [State::Registered, State::Attended] {
            assert_eq!(change_answers(state, Some(2), later, NOW), Ok(2));
            assert_eq!(
                change_answers(state, Some(2), NOW, NOW),
                Err(RegistrationError::Closed(NOW))
            );
            assert_eq!(
                change_answers(state, None, later, NOW),
                Err(RegistrationError::NothingAsked)
            );
        }
        assert_eq!(
            change_answers(State::Cancelled, Some(2), later, NOW),
            Err(RegistrationError::Cancelled)
        );
    }

    #[test]
    fn a_cancelled_registration_has_no_ticket() {
        assert_eq!(ticket(State::Registered), Ok(()));
        assert_eq!(ticket(State::Attended), Ok(()));
        assert_eq!(ticket(State::Cancelled), Err(RegistrationError::Cancelled));
    }
}
