//! Randomness from the operating system's generator.

use std::{
    ops::Range,
    sync::{Mutex, PoisonError},
};

use rand::Rng as _;
use time::OffsetDateTime;
use uuid::{ContextV7, Timestamp, Uuid};

static SEQUENCE: Mutex<ContextV7> = Mutex::new(ContextV7::new());

/// A new id (UUIDv7, RFC 9562 section 5.7) of a record created at this time. Ids that a process makes are ordered, also
/// within one millisecond.
pub fn id(now: OffsetDateTime) -> Uuid {
    let sequence = SEQUENCE.lock().unwrap_or_else(PoisonError::into_inner);
    // Times before 1970 count as 1970.
    let seconds = u64::try_from(now.unix_timestamp()).unwrap_or_default();
    Uuid::new_v7(Timestamp::from_unix(&*sequence, seconds, now.nanosecond()))
}

/// Unpredictable bytes: keys, nonces, secrets.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill(&mut bytes);
    bytes
}

/// The same for a length known at run time.
pub fn fill(bytes: &mut [u8]) {
    // A cryptographic generator of this thread, seeded by the operating system; infallible on supported platforms.
    rand::rng().fill(bytes);
}

/// A random number in this range, the end excluded.
pub fn number(range: Range<u64>) -> u64 {
    rand::rng().random_range(range)
}

/// A random number in this range, to spread events that would otherwise coincide.
pub fn share(range: Range<f64>) -> f64 {
    rand::rng().random_range(range)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn ids_of_a_moment_say_the_moment_and_are_ordered() {
        let now = datetime!(2999-05-01 10:00:00.123 UTC);
        let ids: Vec<Uuid> = (0..10_000).map(|_| id(now)).collect();
        assert!(ids.is_sorted());
        let (seconds, nanos) = ids[0].get_timestamp().map_or((0, 0), |t| t.to_unix());
        assert_eq!(
            seconds,
            u64::try_from(now.unix_timestamp()).unwrap_or_default()
        );
        assert_eq!(nanos, 123_000_000);
        assert_eq!(ids[0].get_version_num(), 7);
    }

    #[test]
    fn bytes_differ() {
        assert_ne!(bytes::<32>(), bytes::<32>());
        assert!((0..100).all(|_| (3..5).contains(&number(3..5))));
        assert!((0..100).all(|_| (0.5..1.0).contains(&share(0.5..1.0))));
    }
}
