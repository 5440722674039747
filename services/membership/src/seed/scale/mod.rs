//! Made-up memberships by the million, each with the application and the consent it came of, and some applications that still wait. See
//! the crate `synthetic` for who the people are. Each batch is one transaction; interrupted, it goes on where it stopped.

mod entry;
mod introductions;
mod store;

use std::{path::Path, time::Instant};

use eventlog::{NewEvent, PastEvent};
use kit::{
    clock::{Clock, business_date},
    crypto::Keys,
    db::Db,
};
use proto_membership::v1 as wire;
use synthetic::{
    Kind, Of, Person, Population, Society,
    chance::{below, unit},
    id,
};
use time::{Duration, OffsetDateTime};

use self::entry::{APPLICATIONS_PER_PERSON, EVENTS_PER_APPLICATION, Entry, Joined, Step};
use crate::{
    applications::{
        self,
        form::{Education, Form},
    },
    categories::Category,
    memberships::State,
    numbers, sealed,
};

/// People a transaction.
const BATCH: u64 = 10_000;

/// Enters what everybody up to `scale` has applied for, as far as it is not there. The caller has made sure that this is no production.
pub async fn load(
    db: &Db,
    keys: &Keys,
    clock: &Clock,
    seeds: &Path,
    scale: u64,
) -> anyhow::Result<()> {
    let population = Population::read(seeds, scale, clock.now())?;
    introductions::write(db, &population, clock.now()).await?;
    let (begun, mut entered) = (Instant::now(), 0);
    loop {
        let mut tx = db.begin().await?;
        super::store::lock(&mut tx).await?;
        // The last of every 20 people is a member of something, and batches are multiples of 20.
        let from = store::applications(&mut tx)
            .await?
            .div_ceil(APPLICATIONS_PER_PERSON);
        let until = scale.min(from + BATCH);
        if from >= until {
            break;
        }
        let mut entries: Vec<Entry> = (from..until)
            .flat_map(|person| entries(keys, &population, person))
            .collect();
        number(&mut tx, &population, &mut entries).await?;
        store::enter(&mut tx, &population, &entries).await?;
        eventlog::load(&mut tx, &facts(&population, &entries)).await?;
        tx.commit().await?;
        entered += entries.len();
    }
    store::tidy(&mut *db.read().await?).await?;
    let seconds = begun.elapsed().as_secs_f64();
    tracing::info!(entered, seconds, "made-up applications and memberships");
    Ok(())
}

fn entries(keys: &Keys, population: &Population, ordinal: u64) -> Vec<Entry> {
    let memberships = population.memberships(ordinal);
    let other = Outcome::without_membership(ordinal);
    let wanted = memberships + u64::from(other.is_some());
    let person = population.person(ordinal);
    population
        .societies
        .of_person(ordinal, wanted as usize)
        .into_iter()
        .zip(0..)
        .map(|(society, nth)| {
            // The one without a membership is always the person's last.
            let (nth, outcome) = match other {
                Some(other) if nth >= memberships => (APPLICATIONS_PER_PERSON - 1, other),
                _ => (nth, Outcome::Joined),
            };
            let ordinal = APPLICATIONS_PER_PERSON * ordinal + nth;
            entry(keys, population, &person, ordinal, society, outcome)
        })
        .collect()
}

/// What became of an application.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Joined,
    InFirstReview,
    InFinalReview,
    Returned,
    Rejected,
}

impl Outcome {
    /// Of each 100 people one waits for each of the reviews, one has to correct something, and three were refused.
    fn without_membership(person: u64) -> Option<Self> {
        match person % 100 {
            7 => Some(Self::InFirstReview),
            57 => Some(Self::InFinalReview),
            31 => Some(Self::Returned),
            13 | 46 | 79 => Some(Self::Rejected),
            _ => None,
        }
    }

    /// Whether it still is on its way, so that it was handed in lately.
    fn is_open(self) -> bool {
        matches!(
            self,
            Self::InFirstReview | Self::InFinalReview | Self::Returned
        )
    }

    fn reason(self) -> Option<&'static str> {
        match self {
            Self::Returned => Some("请补充工作单位的全称和现任职务。"),
            Self::Rejected => Some("研究方向与本会的专业领域不符，建议申请加入相关的学会。"),
            Self::Joined | Self::InFirstReview | Self::InFinalReview => None,
        }
    }
}

fn entry(
    keys: &Keys,
    population: &Population,
    person: &Person<'_>,
    ordinal: u64,
    society: usize,
    outcome: Outcome,
) -> Entry {
    use applications::State as To;
    // Nothing happened after the past ends: what would come later came within the time that was left.
    let end = population.end();
    let later = |from: OffsetDateTime, hours: i64, which: u64| {
        let left = (60 * hours).min((end - from).whole_minutes());
        let minutes = match u64::try_from(left) {
            Ok(left @ 1..) => 1 + below(Of::Delay, 4 * ordinal + which, left),
            _ => 0,
        };
        from + Duration::minutes(minutes as i64)
    };
    let created_at = match outcome.is_open() {
        false => later(person.registered_at, 48, 0),
        true => population
            .lately(ordinal)
            .max(later(person.registered_at, 1, 0)),
    };
    let mut steps = vec![Step {
        to: To::Draft,
        at: created_at,
        reviewer: None,
    }];
    let mut move_on = |to, at, reviewer| {
        steps.push(Step { to, at, reviewer });
        at
    };
    let submitted_at = move_on(
        To::InFirstReview,
        end.min(created_at + Duration::minutes(10)),
        None,
    );
    let mut joined = None;
    match outcome {
        Outcome::InFirstReview => {}
        Outcome::Returned => {
            move_on(To::Returned, later(submitted_at, 48, 1), Some(0));
        }
        Outcome::InFinalReview => {
            move_on(To::InFinalReview, later(submitted_at, 48, 1), Some(0));
        }
        Outcome::Rejected => {
            let reviewed_at = move_on(To::InFinalReview, later(submitted_at, 120, 1), Some(0));
            move_on(To::Rejected, later(reviewed_at, 120, 2), Some(1));
        }
        Outcome::Joined => {
            let reviewed_at = move_on(To::InFinalReview, later(submitted_at, 120, 1), Some(0));
            joined = Some(move_on(To::Approved, later(reviewed_at, 120, 2), Some(1)));
        }
    }
    let category = match unit(Of::Category, ordinal) {
        share if share < 0.75 => Category::Ordinary,
        share if share < 0.92 => Category::Student,
        _ => Category::Senior,
    };
    let application_id = id(Kind::Application, ordinal);
    let joins = &population.societies.all()[society];
    Entry {
        ordinal,
        society,
        person_id: person.person_id,
        person_number: person.person_number.clone(),
        division_code: person.division_code.to_owned(),
        category,
        form_sealed: form(population, person, ordinal, joins).seal(keys, application_id),
        name_sealed: sealed::NAME.seal(keys, person.person_id, &person.name),
        steps,
        reason_sealed: outcome
            .reason()
            .map(|reason| sealed::REASON.seal(keys, application_id, reason)),
        membership: joined.map(|decided_at| {
            let state = match unit(Of::State, ordinal) {
                share if share < 0.97 => State::Active,
                share if share < 0.98 => State::Suspended,
                _ => State::Resigned,
            };
            Joined {
                decided_at,
                joined_on: business_date(decided_at),
                member_number: String::new(),
                name_hash: sealed::name_hash(keys, joins.organisation_id, &person.name),
                state,
                changed_at: match state {
                    State::Active => decided_at,
                    State::Suspended | State::Resigned => later(decided_at, 2_000, 3),
                },
            }
        }),
    }
}

fn form(population: &Population, person: &Person<'_>, ordinal: u64, society: &Society) -> Form {
    const EMPLOYERS: [&str; 5] = ["大学", "研究所", "设计院", "医院", "科技公司"];
    const POSITIONS: [&str; 7] = [
        "教授",
        "副研究员",
        "高级工程师",
        "工程师",
        "助理研究员",
        "主治医师",
        "博士研究生",
    ];
    let draw = below(Of::Path, ordinal, 1 << 20) as usize;
    let county = population.places.name(person.division_code);
    Form {
        employer: format!("{county}示例{}", EMPLOYERS[draw % EMPLOYERS.len()]),
        position: POSITIONS[draw % POSITIONS.len()].to_owned(),
        education: Some([Education::Bachelor, Education::Master, Education::Doctor][draw % 3]),
        research_field: society.topic(ordinal),
        statement: String::new(),
        division_code: person.division_code.to_owned(),
    }
}

/// Gives the members their numbers, in the order of admission within the batch.
async fn number(
    conn: &mut sqlx::PgConnection,
    population: &Population,
    entries: &mut [Entry],
) -> anyhow::Result<()> {
    let mut by_society: Vec<Vec<&mut Entry>> = Vec::new();
    by_society.resize_with(population.societies.all().len(), Vec::new);
    for entry in entries
        .iter_mut()
        .filter(|entry| entry.membership.is_some())
    {
        by_society[entry.society].push(entry);
    }
    for (society, members) in population.societies.all().iter().zip(by_society) {
        if members.is_empty() {
            continue;
        }
        let wanted = i32::try_from(members.len())?;
        let allocated = numbers::store::allocate(conn, society.organisation_id, wanted).await?;
        anyhow::ensure!(
            allocated.count == wanted,
            "{}: the numbers are used up",
            society.name
        );
        for (entry, serial) in members.into_iter().zip(allocated.first..) {
            if let Some(joined) = &mut entry.membership {
                joined.member_number =
                    numbers::rules::number(&allocated.prefix, serial, entry.category);
            }
        }
    }
    Ok(())
}

/// What the log says of them, in the order of time.
fn facts(population: &Population, entries: &[Entry]) -> Vec<PastEvent> {
    let mut facts = Vec::with_capacity(entries.len() * EVENTS_PER_APPLICATION as usize);
    for entry in entries {
        let organisation_id = population.societies.all()[entry.society]
            .organisation_id
            .to_string();
        let event_id = |nth: u64| id(Kind::Event, EVENTS_PER_APPLICATION * entry.ordinal + nth);
        for (nth, step) in (0..).zip(entry.steps.windows(2)) {
            let moved = wire::ApplicationMoved {
                organisation_id: organisation_id.clone(),
                person_id: entry.person_id.to_string(),
                division_code: entry.division_code.clone(),
                category: entry.category.to_wire(),
                from_state: step[0].to.to_wire(),
                to_state: step[1].to.to_wire(),
                first_time: true,
            };
            facts.push(PastEvent {
                id: event_id(nth),
                event: NewEvent::of("Application", entry.application_id(), &moved),
                occurred_at: step[1].at,
            });
        }
        let Some(joined) = &entry.membership else {
            continue;
        };
        let activated = wire::MembershipActivated {
            organisation_id: organisation_id.clone(),
            person_id: entry.person_id.to_string(),
            application_id: entry.application_id().to_string(),
            member_number: joined.member_number.clone(),
            category: entry.category.to_wire(),
            division_code: entry.division_code.clone(),
        };
        facts.push(PastEvent {
            id: event_id(3),
            event: NewEvent::of("Membership", entry.membership_id(), &activated),
            occurred_at: joined.decided_at,
        });
        if joined.state != State::Active {
            let moved = wire::MembershipMoved {
                organisation_id,
                person_id: entry.person_id.to_string(),
                category: entry.category.to_wire(),
                division_code: entry.division_code.clone(),
                from_state: State::Active.to_wire(),
                to_state: joined.state.to_wire(),
            };
            facts.push(PastEvent {
                id: event_id(4),
                event: NewEvent::of("Membership", entry.membership_id(), &moved),
                occurred_at: joined.changed_at,
            });
        }
    }
    // Stable: what happened to one of them at one moment stays in its order.
    facts.sort_by_key(|fact| fact.occurred_at);
    facts
}
