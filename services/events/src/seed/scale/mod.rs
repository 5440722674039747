//! Made-up activities with their registrations, check-ins and credits, by the million. The people are those of the crate
//! `synthetic`. Each batch is one transaction; an interrupted run continues where it stopped.

mod entry;
mod store;
mod words;

use std::{path::Path, time::Instant};

use eventlog::{NewEvent, PastEvent};
use proto_events::v1 as wire;
use synthetic::{
    Kind as IdKind, Of, Population,
    chance::{below, unit},
    id,
};
use time::{Duration, OffsetDateTime, UtcOffset};

use self::entry::{Entry, PEOPLE_EACH, Seat};
use crate::{
    Context,
    activities::{Activity, Content, Kind, State},
    registrations::{self, PERSON_NAME},
    schedule::{Schedule, rules::credit},
};

/// Activities in one transaction.
const BATCH: u64 = 100;
/// Ordinals reserved for the registrations of each activity; the last of them is that of its own event.
const SEATS: u64 = 8_192;
/// Most registrations of one activity.
const MAX_REGISTRATIONS: u64 = 5_000;
/// Most events of one registration.
const EVENTS: u64 = 3;

impl Entry {
    /// Seats taken now.
    fn taken(&self) -> usize {
        let held = |seat: &&Seat| seat.state != registrations::State::Cancelled;
        self.registrations.iter().filter(held).count()
    }
}

/// Inserts the missing activities of a population of `scale`. The caller has made sure that this is not production.
pub async fn load(context: &Context, seeds: &Path, scale: u64) -> anyhow::Result<()> {
    let population = Population::read(seeds, scale, context.clock.now())?;
    let activities = scale / PEOPLE_EACH;
    let (begun, mut inserted) = (Instant::now(), 0);
    loop {
        let mut tx = context.db.begin().await?;
        store::lock(&mut tx).await?;
        let from = store::activities(&mut tx).await?;
        let until = activities.min(from + BATCH);
        if from >= until {
            break;
        }
        let entries: Vec<Entry> = (from..until)
            .map(|ordinal| entry(context, &population, ordinal, activities))
            .collect();
        store::insert(&mut tx, &entries).await?;
        eventlog::load(&mut tx, &past_events(&entries)).await?;
        tx.commit().await?;
        inserted += entries.iter().map(|e| e.registrations.len()).sum::<usize>();
    }
    store::tidy(&mut *context.db.read().await?).await?;
    let seconds = begun.elapsed().as_secs_f64();
    tracing::info!(inserted, seconds, "made-up registrations");
    Ok(())
}

fn entry(context: &Context, population: &Population, ordinal: u64, activities: u64) -> Entry {
    let share = (ordinal + 1) as f64 / activities as f64;
    let published_at = population.moment(share);
    // Published some days before the start, which is on a full hour.
    let days = 5 + below(Of::Delay, ordinal, 25) as i64;
    // From 9:00 to 17:00 in Beijing.
    let hour = 1 + below(Of::Path, ordinal, 9) as i64;
    let starts_at = published_at
        .to_offset(UtcOffset::UTC)
        .replace_time(time::Time::MIDNIGHT)
        + Duration::days(days)
        + Duration::hours(hour);
    let hours = 1 + below(Of::Title, ordinal, 4) as i64;
    let schedule = Schedule {
        starts_at,
        ends_at: starts_at + Duration::hours(hours),
        registration_closes_at: None,
    };
    let over = starts_at + Duration::hours(hours) < population.end();
    // The people in the registry when it was published.
    let pool = ((share * population.scale as f64) as u64).clamp(1, population.scale);
    // Pareto distribution: most are small, few are large; 50 on average.
    let count = (25.0 / unit(Of::Size, ordinal).max(1e-9).sqrt()) as u64;
    let count = count.min(MAX_REGISTRATIONS).min(pool.div_ceil(2));
    let (kind, promised) = [
        (Kind::AcademicMeeting, 240),
        (Kind::Lecture, 0),
        (Kind::PopularScience, 0),
        (Kind::Training, 480),
        (Kind::Volunteering, 120),
    ][below(Of::Category, ordinal, 5) as usize];
    let organiser = population.societies.organiser(ordinal);
    let online = organiser.province.is_empty() && unit(Of::State, ordinal) < 0.2;
    let division_code = match online {
        true => "",
        false => population.places.within(&organiser.province, !ordinal),
    };
    let place = match online {
        true => "线上直播，报名后在活动页面查看入口".to_owned(),
        false => {
            let county = population.places.name(division_code);
            words::place(kind, organiser.subject, county, ordinal)
        }
    };
    let topic = organiser.topic.as_str();
    let activity = Activity {
        activity_id: id(IdKind::Activity, ordinal),
        organisation_id: organiser.organisation_id,
        organisation_name: String::new(),
        content: Content {
            title: words::title(kind, topic, starts_at.year(), ordinal),
            description: words::description(kind, topic),
            kind,
            schedule,
            division_code: division_code.to_owned(),
            place,
            capacity: (count + below(Of::Seat, ordinal, count / 2 + 10)) as i32,
            credit_minutes: credit(promised, &schedule),
        },
        state: State::Published,
        seats_taken: 0,
        cancel_reason: String::new(),
        form_version: None,
        cover: None,
        version: 1,
    };
    let first = below(Of::Pool, ordinal, pool);
    let registrations = (0..count)
        .map(|nth| {
            // Consecutive people of the pool, so each registers once; the pool is at least twice as large.
            let person = (first + nth) % pool;
            let schedule = (published_at, starts_at, over);
            seat(
                context,
                population,
                ordinal * SEATS + nth,
                person,
                schedule,
                nth as f64 / count as f64,
            )
        })
        .collect();
    Entry {
        activity,
        published_at,
        registrations,
    }
}

/// `schedule`: when it was published, when it starts, whether it is over. `share`: the fraction of the registrations made before.
fn seat(
    context: &Context,
    population: &Population,
    ordinal: u64,
    person: u64,
    (published_at, starts_at, over): (OffsetDateTime, OffsetDateTime, bool),
    share: f64,
) -> Seat {
    let person = population.person(person);
    // Half of them register in the first tenth of the days.
    let window = (starts_at - published_at).min(population.end() - published_at);
    let late: Duration = window * (0.9 * share.powi(3));
    let created_at = published_at + late.max(Duration::ZERO);
    let state = match unit(Of::Seat, ordinal) {
        share if share < 0.05 => registrations::State::Cancelled,
        share if share < 0.65 && over => registrations::State::Attended,
        _ => registrations::State::Registered,
    };
    let changed_at = match state {
        registrations::State::Attended => {
            starts_at + Duration::seconds(below(Of::Delay, ordinal, 1_800) as i64)
        }
        registrations::State::Registered | registrations::State::Cancelled => created_at,
    };
    let name = person.verified_at.map(|_| person.name.as_str());
    Seat {
        ordinal,
        person_id: person.person_id,
        person_number: person.person_number,
        name_sealed: name
            .map(|name| PERSON_NAME.seal(&context.keys, id(IdKind::Registration, ordinal), name)),
        division_code: person.division_code.to_owned(),
        state,
        created_at: whole_microseconds(created_at),
        changed_at: whole_microseconds(changed_at),
    }
}

/// Rounded to the precision of PostgreSQL.
fn whole_microseconds(moment: OffsetDateTime) -> OffsetDateTime {
    moment
        .replace_nanosecond(moment.microsecond() * 1_000)
        .unwrap_or(moment)
}

/// The events of these activities, in the order of time.
fn past_events(entries: &[Entry]) -> Vec<PastEvent> {
    let mut events = Vec::new();
    for Entry {
        activity,
        published_at,
        registrations,
    } in entries
    {
        let own = synthetic::ordinal(activity.activity_id) * SEATS + SEATS - 1;
        events.push(PastEvent {
            id: id(IdKind::Event, EVENTS * own),
            event: activity.published(),
            occurred_at: *published_at,
        });
        for seat in registrations {
            events.extend(seat_events(activity, seat));
        }
    }
    // The sort is stable: events of one registration at the same moment keep their order.
    events.sort_by_key(|event| event.occurred_at);
    events
}

fn seat_events(activity: &Activity, seat: &Seat) -> impl Iterator<Item = PastEvent> {
    let past = |nth: u64, event: NewEvent, occurred_at: OffsetDateTime| PastEvent {
        id: id(IdKind::Event, EVENTS * seat.ordinal + nth),
        event,
        occurred_at,
    };
    let registration_id = seat.registration_id();
    let activity_id = activity.activity_id.to_string();
    let organisation_id = activity.organisation_id.to_string();
    let person_id = seat.person_id.to_string();
    let division_code = activity.content.division_code.clone();
    let kind = wire::activity::Kind::from(activity.content.kind).into();
    let taken = wire::SeatTaken {
        activity_id: activity_id.clone(),
        organisation_id: organisation_id.clone(),
        person_id: person_id.clone(),
        division_code: division_code.clone(),
        kind,
    };
    let taken = NewEvent::of("Registration", registration_id, &taken);
    let changed = match seat.state {
        registrations::State::Registered => None,
        registrations::State::Cancelled => {
            let released = wire::SeatReleased {
                activity_id,
                organisation_id,
                person_id,
                division_code,
                kind,
            };
            Some(NewEvent::of("Registration", registration_id, &released))
        }
        registrations::State::Attended => {
            let attended = wire::AttendanceRecorded {
                activity_id,
                organisation_id,
                person_id,
                division_code,
                kind,
                credited_minutes: activity.content.credit_minutes,
            };
            Some(NewEvent::of("Registration", registration_id, &attended))
        }
    };
    let changed = changed.map(|event| past(1, event, seat.changed_at));
    std::iter::once(past(0, taken, seat.created_at)).chain(changed)
}
