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
