//! Time as an argument: a service reads its clock at the edge and passes the time to the rules.

use std::sync::{Arc, Mutex, PoisonError};

use time::{Date, OffsetDateTime, UtcOffset, macros::offset};

/// China has one time zone and no summer time.
pub const SHANGHAI: UtcOffset = offset!(+8);

/// Source of the current time. Cheap to clone; clones of a settable clock move together.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Set(Arc<Mutex<OffsetDateTime>>),
}

impl Clock {
    /// The system clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock fixed at `moment` until [`set`](Self::set) moves it; for tests.
    pub fn fixed(moment: OffsetDateTime) -> Self {
        Self(Source::Set(Arc::new(Mutex::new(moment))))
    }

    /// Moves a fixed clock and all its clones. No effect on the system clock.
    pub fn set(&self, moment: OffsetDateTime) {
        if let Source::Set(at) = &self.0 {
            *at.lock().unwrap_or_else(PoisonError::into_inner) = moment;
        }
    }

    /// The current time in UTC, truncated to the microseconds that PostgreSQL stores.
    pub fn now(&self) -> OffsetDateTime {
        let now = match &self.0 {
            Source::System => OffsetDateTime::now_utc(),
            Source::Set(at) => *at.lock().unwrap_or_else(PoisonError::into_inner),
        };
        to_microseconds(now)
    }
}

fn to_microseconds(moment: OffsetDateTime) -> OffsetDateTime {
    let whole = moment.microsecond() * 1_000;
    // A multiple of 1,000 below 10⁹ is a valid nanosecond; otherwise the untruncated time is right too.
    moment
        .to_offset(UtcOffset::UTC)
        .replace_nanosecond(whole)
        .unwrap_or(moment)
}

/// The date in China, on which contracts, fees and statistics are based.
pub fn business_date(moment: OffsetDateTime) -> Date {
    moment.to_offset(SHANGHAI).date()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use time::macros::{date, datetime};

    use super::*;

    #[test]
    fn the_business_day_turns_at_16_00_utc() {
        assert_eq!(
            business_date(datetime!(2026-03-31 15:59:59 UTC)),
            date!(2026 - 03 - 31)
        );
        assert_eq!(
            business_date(datetime!(2026-03-31 16:00:00 UTC)),
            date!(2026 - 04 - 01)
        );
    }

    #[test]
    fn moments_survive_the_database_unchanged() {
        let clock = Clock::fixed(datetime!(2026-01-01 00:00:00.123456789 +8));
        assert_eq!(clock.now(), datetime!(2025-12-31 16:00:00.123456 UTC));
        assert_eq!(clock.now().offset(), UtcOffset::UTC);
    }

    #[test]
    fn clones_of_a_fixed_clock_move_together() {
        let clock = Clock::fixed(datetime!(2026-01-01 00:00 UTC));
        let clone = clock.clone();
        clock.set(datetime!(2026-01-02 00:00 UTC));
        assert_eq!(clone.now(), datetime!(2026-01-02 00:00 UTC));
    }
}
