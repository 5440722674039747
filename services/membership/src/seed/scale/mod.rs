//! Made-up memberships by the million, each with the application and the consent it came of, and some applications that still wait. See
//! the crate `synthetic` for who the people are. Each batch is one transaction; interrupted, it goes on where it stopped.

mod entry;
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
    Kind, Of, Person, Population,
    chance::{below, unit},
    id,
};
use time::{Duration, OffsetDateTime};

use self::entry::{APPLICATIONS_PER_PERSON, EVENTS_PER_APPLICATION, Entry, Joined};
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
    let waits = ordinal % 50 == 7;
    let wanted = memberships + u64::from(waits);
    let person = population.person(ordinal);
    population
        .societies
        .of_person(ordinal, wanted as usize)
        .into_iter()
        .zip(0..)
        .map(|(society, nth)| {
            let joined = nth < memberships;
            // One that waits is always the person's last.
            let nth = if joined {
                nth
            } else {
                APPLICATIONS_PER_PERSON - 1
            };
            entry(
                keys,
                population,
                &person,
                APPLICATIONS_PER_PERSON * ordinal + nth,
                society,
                joined,
            )
        })
        .collect()
}

fn entry(
    keys: &Keys,
    population: &Population,
    person: &Person<'_>,
    ordinal: u64,
    society: usize,
    joined: bool,
) -> Entry {
    // Nothing happened after the past ends.
    let end = population.end();
    let later = |from: OffsetDateTime, hours: u64, which: u64| {
        let minutes = 1 + below(Of::Delay, 4 * ordinal + which, 60 * hours);
        end.min(from + Duration::minutes(minutes as i64))
    };
    let created_at = later(person.registered_at, 48, 0);
    let submitted_at = end.min(created_at + Duration::minutes(10));
    let category = match unit(Of::Category, ordinal) {
        share if share < 0.75 => Category::Ordinary,
        share if share < 0.92 => Category::Student,
        _ => Category::Senior,
    };
    let application_id = id(Kind::Application, ordinal);
    let organisation_id = population.societies.all()[society].organisation_id;
    Entry {
        ordinal,
        society,
        person_id: person.person_id,
        person_number: person.person_number.clone(),
        division_code: person.division_code.to_owned(),
        category,
        form_sealed: form(person, ordinal).seal(keys, application_id),
        name_sealed: sealed::NAME.seal(keys, person.person_id, &person.name),
        created_at,
        submitted_at,
        membership: joined.then(|| {
            let reviewed_at = later(submitted_at, 120, 1);
            let decided_at = later(reviewed_at, 120, 2);
            let state = match unit(Of::State, ordinal) {
                share if share < 0.97 => State::Active,
                share if share < 0.98 => State::Suspended,
                _ => State::Resigned,
            };
            Joined {
                reviewed_at,
                decided_at,
                joined_on: business_date(decided_at),
                member_number: String::new(),
                name_hash: sealed::name_hash(keys, organisation_id, &person.name),
                state,
                changed_at: match state {
                    State::Active => decided_at,
                    State::Suspended | State::Resigned => later(decided_at, 2_000, 3),
                },
            }
        }),
    }
}

fn form(person: &Person<'_>, ordinal: u64) -> Form {
    const FIELDS: [&str; 8] = [
        "人工智能",
        "材料科学",
        "临床医学",
        "农业工程",
        "天体物理",
        "环境化学",
        "桥梁工程",
        "免疫学",
    ];
    let draw = below(Of::Path, ordinal, 1 << 20) as usize;
    Form {
        employer: format!("第{}研究所", 1 + draw % 997),
        position: "助理研究员".to_owned(),
        education: Some([Education::Bachelor, Education::Master, Education::Doctor][draw % 3]),
        research_field: FIELDS[draw % FIELDS.len()].to_owned(),
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
    use applications::State as Step;
    let mut facts = Vec::with_capacity(entries.len() * EVENTS_PER_APPLICATION as usize);
    for entry in entries {
        let organisation_id = population.societies.all()[entry.society]
            .organisation_id
            .to_string();
        let event_id = |nth: u64| id(Kind::Event, EVENTS_PER_APPLICATION * entry.ordinal + nth);
        let moved = |nth: u64, from: Step, to: Step, occurred_at| PastEvent {
            id: event_id(nth),
            event: NewEvent::of(
                "Application",
                entry.application_id(),
                &wire::ApplicationMoved {
                    organisation_id: organisation_id.clone(),
                    person_id: entry.person_id.to_string(),
                    division_code: entry.division_code.clone(),
                    category: entry.category.to_wire(),
                    from_state: from.to_wire(),
                    to_state: to.to_wire(),
                    first_time: true,
                },
            ),
            occurred_at,
        };
        facts.push(moved(
            0,
            Step::Draft,
            Step::InFirstReview,
            entry.submitted_at,
        ));
        let Some(joined) = &entry.membership else {
            continue;
        };
        let (reviewed, decided) = (joined.reviewed_at, joined.decided_at);
        facts.push(moved(1, Step::InFirstReview, Step::InFinalReview, reviewed));
        facts.push(moved(2, Step::InFinalReview, Step::Approved, decided));
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
            occurred_at: decided,
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
