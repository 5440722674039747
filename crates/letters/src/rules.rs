//! What may be done with a letter, and when. Pure.

use time::{Duration, OffsetDateTime};

use crate::state::State;

/// So many letters go to the same people within [`WITHIN`].
pub const MOST: usize = 3;

/// See [`MOST`].
pub const WITHIN: Duration = Duration::days(7);

/// Drafts of a person for the same people. Others' do not count, so that no colleague's drafts keep another's out.
pub const MOST_DRAFTS: i64 = 20;

/// Whether a letter can be changed, sent or deleted in this state.
pub fn is_draft(state: State) -> Result<(), State> {
    match state {
        State::Draft => Ok(()),
        other => Err(other),
    }
}

/// Whether a letter can be stopped in this state.
pub fn can_stop(state: State) -> Result<(), State> {
    match state {
        State::Sending => Ok(()),
        other => Err(other),
    }
}

/// Whether another letter may go to the same people now, if letters went to them at these moments; otherwise from when on.
pub fn may_send(sent: &[OffsetDateTime], now: OffsetDateTime) -> Result<(), OffsetDateTime> {
    let mut lately: Vec<_> = sent.iter().filter(|&&at| at + WITHIN > now).collect();
    lately.sort();
    // The one that has to be old enough before there is room for another.
    match lately.len().checked_sub(MOST) {
        None => Ok(()),
        Some(at) => Err(*lately[at] + WITHIN),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-21 08:00 UTC);

    #[test]
    fn a_draft_can_be_sent_and_what_is_on_its_way_stopped() {
        for &state in State::ALL {
            assert_eq!(is_draft(state).is_ok(), state == State::Draft);
            assert_eq!(can_stop(state).is_ok(), state == State::Sending);
        }
    }

    #[test]
    fn the_fourth_waits_until_the_first_is_a_week_old() {
        let day = |days| NOW - Duration::days(days);
        assert_eq!(may_send(&[day(1), day(2)], NOW), Ok(()));
        assert_eq!(may_send(&[day(1), day(2), day(7)], NOW), Ok(()));
        assert_eq!(
            may_send(&[day(1), day(6), day(2)], NOW),
            Err(day(6) + WITHIN)
        );
    }

    proptest! {
        /// A desk that sends as soon as it is allowed never sends more than [`MOST`] within [`WITHIN`], and is never kept waiting longer.
        #[test]
        fn no_week_has_more(pauses in prop::collection::vec(0i64..400_000, 1..30)) {
            let (mut sent, mut now) = (Vec::new(), NOW);
            for pause in pauses {
                now += Duration::seconds(pause);
                if let Err(next) = may_send(&sent, now) {
                    prop_assert!(next > now && next <= now + WITHIN);
                    prop_assert!(may_send(&sent, next - Duration::SECOND).is_err());
                    now = next;
                    prop_assert_eq!(may_send(&sent, now), Ok(()));
                }
                sent.push(now);
                let lately = sent.iter().filter(|&&at| at + WITHIN > now).count();
                prop_assert!(lately <= MOST);
            }
        }
    }
}
