//! By how much each fact moves which metric. Everything that decides about a number is here.

use std::collections::BTreeMap;

use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{Fact, Place, Province, Step};
use crate::catalogue::Metric;

/// The provinces of GB/T 2260 that a fact can belong to, by code. They change once in decades; `seeds/province-tiles.csv` names them.
pub const PROVINCES: [Province; 34] = [
    Province("110000"),
    Province("120000"),
    Province("130000"),
    Province("140000"),
    Province("150000"),
    Province("210000"),
    Province("220000"),
    Province("230000"),
    Province("310000"),
    Province("320000"),
    Province("330000"),
    Province("340000"),
    Province("350000"),
    Province("360000"),
    Province("370000"),
    Province("410000"),
    Province("420000"),
    Province("430000"),
    Province("440000"),
    Province("450000"),
    Province("460000"),
    Province("500000"),
    Province("510000"),
    Province("520000"),
    Province("530000"),
    Province("540000"),
    Province("610000"),
    Province("620000"),
    Province("630000"),
    Province("640000"),
    Province("650000"),
    Province("710000"),
    Province("810000"),
    Province("820000"),
];

impl Province {
    /// No province known.
    pub const UNKNOWN: Self = Self("000000");

    /// Its code.
    pub fn code(self) -> &'static str {
        self.0
    }

    /// The province or the unknown one with exactly this code.
    pub fn by_code(code: &str) -> Option<Self> {
        if code == Self::UNKNOWN.0 {
            return Some(Self::UNKNOWN);
        }
        PROVINCES
            .binary_search_by(|p| p.0.cmp(code))
            .ok()
            .map(|at| PROVINCES[at])
    }

    /// The province of a division (6 digits) or of none (empty). A code that lies in no province is refused rather than counted
    /// as unknown: it is a mistake that somebody must see.
    pub fn of_division(code: &str) -> Result<Self, NoProvince> {
        if code.is_empty() {
            return Ok(Self::UNKNOWN);
        }
        let digits = code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit());
        PROVINCES
            .into_iter()
            .find(|p| digits && p.0[..2] == code[..2])
            .ok_or(NoProvince)
    }
}

/// A division code that lies in no province.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the division code lies in no province of GB/T 2260")]
pub struct NoProvince;

/// One signed movement of a metric, still without its day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Movement {
    /// What moves.
    pub metric: Metric,
    /// Where.
    pub province: Province,
    /// For whom; nil for facts about people.
    pub organisation_id: Uuid,
    /// By how much.
    pub delta: i64,
}

impl Step {
    fn in_review(self) -> bool {
        matches!(self, Self::FirstReview | Self::FinalReview)
    }

    /// The metric that counts the applications which ever reached this step.
    fn reached(self) -> Option<Metric> {
        match self {
            Self::Draft => None,
            Self::FirstReview => Some(Metric::ApplicationsSubmitted),
            Self::FinalReview => Some(Metric::ApplicationsPassedFirstReview),
            Self::Returned => Some(Metric::ApplicationsReturned),
            Self::Approved => Some(Metric::ApplicationsApproved),
            Self::Rejected => Some(Metric::ApplicationsRejected),
            Self::Withdrawn => Some(Metric::ApplicationsWithdrawn),
        }
    }
}

/// The movements that a fact makes. Those that cancel each other out are left out.
pub fn movements(fact: &Fact) -> Vec<Movement> {
    let people = |metric, province, delta| Movement {
        metric,
        province,
        organisation_id: Uuid::nil(),
        delta,
    };
    let at = |metric, place: &Place, delta| Movement {
        metric,
        province: place.province,
        organisation_id: place.organisation_id,
        delta,
    };
    let mut found = match fact {
        Fact::PersonRegistered { province } => vec![people(Metric::PeopleRegistered, *province, 1)],
        Fact::PersonMoved { from, to } if from == to => vec![],
        Fact::PersonMoved { from, to } => vec![
            people(Metric::PeopleRegistered, *from, -1),
            people(Metric::PeopleRegistered, *to, 1),
        ],
        Fact::PersonVerified { province } => vec![people(Metric::PeopleVerified, *province, 1)],
        Fact::ApplicationMoved {
            place,
            from,
            to,
            first_time,
        } => {
            // A draft that is thrown away never was an application.
            let counts = *first_time && !(*from == Step::Draft && *to == Step::Withdrawn);
            let reached = to
                .reached()
                .filter(|_| counts)
                .map(|metric| at(metric, place, 1));
            let in_review = i64::from(to.in_review()) - i64::from(from.in_review());
            reached
                .into_iter()
                .chain([at(Metric::ApplicationsInReview, place, in_review)])
                .collect()
        }
        Fact::MembershipActivated(place) => {
            vec![
                at(Metric::MembershipsActive, place, 1),
                at(Metric::MembershipsJoined, place, 1),
            ]
        }
        Fact::MembershipMoved {
            place,
            was_in_force,
            is_in_force,
        } => {
            let delta = i64::from(*is_in_force) - i64::from(*was_in_force);
            vec![at(Metric::MembershipsActive, place, delta)]
        }
        Fact::ActivityPublished(place) => vec![at(Metric::ActivitiesPublished, place, 1)],
        Fact::ActivityCancelled(place) => {
            vec![
                at(Metric::ActivitiesPublished, place, -1),
                at(Metric::ActivitiesCancelled, place, 1),
            ]
        }
        Fact::SeatTaken(place) => vec![at(Metric::SeatsTaken, place, 1)],
        Fact::SeatReleased(place) => vec![at(Metric::SeatsTaken, place, -1)],
        Fact::AttendanceRecorded {
            place,
            credited_minutes,
        } => vec![
            at(Metric::Attendances, place, 1),
            at(Metric::CreditedMinutes, place, *credited_minutes),
        ],
    };
    found.retain(|m| m.delta != 0);
    found
}

/// The facts of a batch, added up. In order of metric, day, province and organisation, so that two transactions that touch the
/// same rows touch them in the same order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    sums: BTreeMap<(Metric, Date, Province, Uuid), i64>,
    last_fact_at: Option<OffsetDateTime>,
}

impl Tally {
    /// Counts a fact on the day in China on which it happened.
    pub fn count(&mut self, occurred_at: OffsetDateTime, fact: &Fact) {
        let day = kit::clock::business_date(occurred_at);
        for m in movements(fact) {
            *self
                .sums
                .entry((m.metric, day, m.province, m.organisation_id))
                .or_default() += m.delta;
        }
        self.last_fact_at = self.last_fact_at.max(Some(occurred_at));
    }

    /// The sums by metric, day, province and organisation; none is zero.
    pub fn by_day(&self) -> impl Iterator<Item = (Metric, Date, Province, Uuid, i64)> {
        let moved = self.sums.iter().filter(|(_, delta)| **delta != 0);
        moved.map(|(&(metric, day, province, organisation), &delta)| {
            (metric, day, province, organisation, delta)
        })
    }

    /// The same over all days.
    pub fn in_total(&self) -> impl Iterator<Item = (Metric, Province, Uuid, i64)> {
        let mut totals: BTreeMap<(Metric, Province, Uuid), i64> = BTreeMap::new();
        for (metric, _, province, organisation, delta) in self.by_day() {
            *totals.entry((metric, province, organisation)).or_default() += delta;
        }
        totals.into_iter().filter(|(_, value)| *value != 0).map(
            |((metric, province, organisation), value)| (metric, province, organisation, value),
        )
    }

    /// When the latest fact happened; none if nothing was counted.
    pub fn last_fact_at(&self) -> Option<OffsetDateTime> {
        self.last_fact_at
    }
}
