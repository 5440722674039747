//! Synthetic people at scale, for measurements and for testing a full platform. Never in production.
//!
//! Everything is a function of an ordinal (person 0, 1, 2 …) and of the scale, so the services generate the same people
//! without asking each other. The shares are invented to be as uneven as real ones; they are no statistics.
//!
//! **The people do not exist.** A synthetic identity number has the form, the dates and the check character of GB
//! 11643, but its prefecture is `99`, which GB/T 2260 has never assigned: no card bears such a number. Mail addresses
//! are below `example.org`, which RFC 2606 reserves. Ids carry times of 2020, before the platform existed.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests choose"))]

pub mod chance;
pub mod ids;
mod people;
mod places;
mod rows;
mod seasons;
mod topics;

use std::path::Path;

use anyhow::{Result, ensure};
use time::{Duration, OffsetDateTime};

pub use chance::Of;
use chance::unit;
pub use ids::{Kind, bounds, id, ordinal};
pub use people::{PASSWORD, Person, address, name};
pub use places::{Organiser, Places, Societies, Society};
use seasons::Seasons;
pub use topics::Subject;

/// The maximum scale, limited by the identity numbers.
pub const MOST: u64 = 10_000_000;

/// The scale is a multiple of this, so that the shares are exact.
pub const UNIT: u64 = 1_000;

/// The population.
#[derive(Debug)]
pub struct Population {
    /// Number of people.
    pub scale: u64,
    /// Where they work.
    pub places: Places,
    /// The societies they can join, and who else holds activities.
    pub societies: Societies,
    /// The synthetic past.
    seasons: Seasons,
    /// Its end.
    end: OffsetDateTime,
}

/// Days of the synthetic past: two years, so that each month has one to be compared with.
const PAST: usize = 731;

/// Within so many days something that is still on its way was begun.
const LATELY: f64 = 24.0;

impl Population {
    /// `scale` people, a multiple of [`UNIT`] and at most [`MOST`], with divisions and societies from the folder
    /// `seeds`. Their past ends at the last midnight (UTC) before `now`, so that services which are filled one after
    /// the other agree about it.
    pub fn read(seeds: &Path, scale: u64, now: OffsetDateTime) -> Result<Self> {
        ensure!(
            (UNIT..=MOST).contains(&scale) && scale.is_multiple_of(UNIT),
            "the scale is a multiple of {UNIT} up to {MOST}"
        );
        let end = now
            .to_offset(time::UtcOffset::UTC)
            .replace_time(time::Time::MIDNIGHT);
        Ok(Self {
            scale,
            places: Places::read(&seeds.join("divisions.csv"))?,
            societies: Societies::read(&seeds.join("organisations.csv"))?,
            seasons: Seasons::before(end, PAST),
            end,
        })
    }

    /// The time at this share (0 to 1) of all that happened in the past.
    pub fn moment(&self, share: f64) -> OffsetDateTime {
        self.seasons.moment(share)
    }

    /// A time in the last weeks of the past, most of them in the last days.
    pub fn lately(&self, ordinal: u64) -> OffsetDateTime {
        let days = LATELY * unit(Of::Age, ordinal).powi(2);
        let minutes = (days * 24.0 * 60.0) as i64;
        self.end - Duration::minutes(minutes.max(30))
    }

    /// End of the synthetic past.
    pub fn end(&self) -> OffsetDateTime {
        self.end
    }

    /// Number of societies a person has joined: none for 6 of 20, one for 9, two for 4, three for 1. So there are as
    /// many memberships as people, and the last of every 20 has one.
    pub fn memberships(&self, person: u64) -> u64 {
        match person % 20 {
            0..=5 => 0,
            6..=8 | 14..=19 => 1,
            9..=12 => 2,
            _ => 3,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use time::macros::datetime;

    use super::*;

    fn population(scale: u64) -> Result<Population> {
        let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../seeds");
        Population::read(&seeds, scale, datetime!(2026-11-22 03:04:05 UTC))
    }

    #[test]
    fn there_are_as_many_memberships_as_people() {
        let population = population(1_000).unwrap();
        let memberships: u64 = (0..1_000).map(|n| population.memberships(n)).sum();
        assert_eq!(memberships, 1_000);
        assert_eq!(population.memberships(19), 1);
    }

    #[test]
    fn the_scale_is_a_multiple_and_has_an_end() {
        for scale in [0, 999, 1_500, MOST + UNIT] {
            assert!(population(scale).is_err(), "{scale}");
        }
        assert!(population(MOST).is_ok());
    }

    #[test]
    fn the_past_ends_at_midnight() {
        let population = population(1_000).unwrap();
        assert_eq!(population.end(), datetime!(2026-11-22 00:00 UTC));
        for ordinal in 0..1_000 {
            let lately = population.lately(ordinal);
            assert!(population.moment(0.9) < lately && lately < population.end());
        }
    }
}
