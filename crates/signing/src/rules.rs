//! What may be rotated and retired. Keys come oldest first.

use time::{Duration, OffsetDateTime};

use crate::store::StoredKey;

/// Why the keys stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("the key {kid} is published already and signs from {from}")]
    AlreadyRotating { kid: String, from: OffsetDateTime },
    #[error("there is no other key: rotate first")]
    OnlyKey,
}

/// A new key may be made when the newest one signs.
pub(crate) fn rotate(keys: &[StoredKey], now: OffsetDateTime) -> Result<(), Refusal> {
    match keys.last() {
        Some(StoredKey {
            kid,
            signs_from: Some(from),
            ..
        }) if *from > now => Err(Refusal::AlreadyRotating {
            kid: kid.clone(),
            from: *from,
        }),
        _ => Ok(()),
    }
}

/// Whether a new key is to be made: it signs after `visible_for`, when the newest one will have signed for so long.
pub(crate) fn is_due(
    keys: &[StoredKey],
    signs_for: Duration,
    visible_for: Duration,
    now: OffsetDateTime,
) -> bool {
    // A key without a time has signed since it was made, which is longer ago than there are schedules.
    keys.last().is_some_and(|newest| {
        newest
            .signs_from
            .is_none_or(|from| from <= now && from + signs_for <= now + visible_for)
    })
}

/// Keys whose successor has signed for so long that no token of theirs is valid.
pub(crate) fn outlived(keys: &[StoredKey], outlives: Duration, now: OffsetDateTime) -> Vec<&str> {
    let long_ago = |from: OffsetDateTime| from + outlives <= now;
    keys.windows(2)
        .filter(|pair| pair[1].signs_from.is_some_and(long_ago))
        .map(|pair| pair[0].kid.as_str())
        .collect()
}

/// Whether the key is among these; the last one left must stay.
pub(crate) fn retire(keys: &[StoredKey], kid: &str) -> Result<bool, Refusal> {
    if !keys.iter().any(|key| key.kid == kid) {
        return Ok(false);
    }
    if keys.len() == 1 {
        return Err(Refusal::OnlyKey);
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const MADE: OffsetDateTime = datetime!(2026-01-01 00:00 UTC);

    fn key(kid: &str, signs_from: Option<OffsetDateTime>) -> StoredKey {
        StoredKey {
            kid: kid.to_owned(),
            private_sealed: Vec::new(),
            signs_from,
        }
    }

    #[test]
    fn a_key_is_made_when_the_one_before_it_signs() {
        let from = MADE + Duration::DAY;
        let keys = [key("a", None), key("b", Some(from))];
        assert_eq!(rotate(&keys[..1], MADE), Ok(()));
        let refusal = rotate(&keys, from - Duration::SECOND).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            format!("the key b is published already and signs from {from}")
        );
        assert_eq!(rotate(&keys, from), Ok(()));
    }

    #[test]
    fn a_key_is_due_so_early_that_the_next_one_is_published_in_time() {
        let (signs_for, visible_for) = (Duration::days(90), Duration::DAY);
        let due =
            |keys: &[StoredKey], at: Duration| is_due(keys, signs_for, visible_for, MADE + at);
        let first = [key("a", Some(MADE))];
        assert!(!due(&first, Duration::days(89) - Duration::SECOND));
        assert!(due(&first, Duration::days(89)));
        // The next one is there, and signs a day later: nothing is due until it has signed for as long.
        let second = [key("a", None), key("b", Some(MADE + Duration::days(90)))];
        assert!(!due(&second, Duration::days(89)));
        assert!(!due(&second, Duration::days(90)));
        assert!(due(&second, Duration::days(179)));
        // However short the schedule, a key that does not sign yet has no successor.
        assert!(!is_due(&second, Duration::HOUR, visible_for, MADE));
        assert!(!due(&[], Duration::ZERO));
    }

    #[test]
    fn a_key_is_outlived_when_its_last_tokens_have_expired() {
        let second = MADE + Duration::DAY;
        let keys = [key("a", None), key("b", Some(second)), key("c", None)];
        let end = second + Duration::HOUR;
        assert!(outlived(&keys, Duration::HOUR, end - Duration::SECOND).is_empty());
        assert_eq!(outlived(&keys, Duration::HOUR, end), ["a"]);
    }

    #[test]
    fn the_last_key_is_not_retired() {
        let keys = [key("a", None), key("b", None)];
        assert_eq!(retire(&keys, "a"), Ok(true));
        assert_eq!(retire(&keys, "c"), Ok(false));
        assert_eq!(retire(&keys[..1], "a"), Err(Refusal::OnlyKey));
        assert_eq!(retire(&keys[..1], "c"), Ok(false));
    }
}
