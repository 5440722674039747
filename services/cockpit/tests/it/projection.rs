//! The facts equal a recount for any split of the events into batches.

use std::collections::BTreeMap;

use cockpit::{
    catalogue::{CATALOGUE, Kind, Metric},
    facts::{decode, rules::Tally},
};
use eventlog::Event;
use kit::clock::Clock;
use proptest::{prelude::*, strategy::ValueTree as _};
use time::Date;

use crate::{
    consuming,
    histories::{Counts, Histories},
    stage,
    world::{Choice, World},
};

/// Splits a log into batches of the given sizes, which are repeated.
fn batches<'a>(log: &'a [Event], sizes: &[u8]) -> Vec<&'a [Event]> {
    let mut sizes = sizes.iter().cycle();
    let (mut rest, mut batches) = (log, Vec::new());
    while !rest.is_empty() {
        let size = usize::from(*sizes.next().unwrap()).clamp(1, rest.len());
        let (batch, behind) = rest.split_at(size);
        batches.push(batch);
        rest = behind;
    }
    batches
}

/// The batches of all sources, in an order that keeps each source's own.
fn shuffled<'a>(
    world: &'a BTreeMap<&str, Vec<Event>>,
    sizes: &[u8],
    order: &[u8],
) -> Vec<&'a [Event]> {
    let mut queues: Vec<_> = world
        .values()
        .map(|log| batches(log, sizes).into_iter())
        .collect();
    let mut all = Vec::new();
    for turn in order.iter().cycle().take(10_000) {
        let count = queues.len();
        all.extend(queues[usize::from(*turn) % count].next());
        if queues.iter().all(|q| q.len() == 0) {
            break;
        }
    }
    for queue in queues {
        all.extend(queue);
    }
    all
}

fn logs(world: &World) -> BTreeMap<&'static str, Vec<Event>> {
    cockpit::facts::SOURCES
        .into_iter()
        .map(|source| (source, world.log_of(source)))
        .collect()
}

fn histories(world: &World) -> Histories {
    let mut histories = Histories::default();
    for event in &world.log {
        histories.add(event);
    }
    histories
}

type Sums = BTreeMap<(Metric, Date, String, uuid::Uuid), i64>;

/// A metric out of sums by day: a stock at the end of the day, a flow on it.
fn read(sums: &Sums, metric: Metric, on: Date) -> Counts {
    let stock = metric.definition().kind == Kind::Stock;
    let mut counts = Counts::new();
    for ((of, day, province, organisation), n) in sums {
        if *of == metric && (*day == on || (stock && *day < on)) {
            *counts.entry((province.clone(), *organisation)).or_default() += n;
        }
    }
    counts.retain(|_, n| *n != 0);
    counts
}

fn choices() -> impl Strategy<Value = Vec<Choice>> {
    proptest::collection::vec(any::<Choice>(), 0..150)
}

proptest! {
    #[test]
    fn any_sequence_in_any_batches_gives_the_facts_of_a_recount(
        choices in choices(),
        sizes in proptest::collection::vec(1u8..30, 1..10),
        order in proptest::collection::vec(any::<u8>(), 1..10),
    ) {
        let world = World::played(&choices);
        let logs = logs(&world);
        let mut sums = Sums::new();
        for batch in shuffled(&logs, &sizes, &order) {
            let mut tally = Tally::default();
            for event in batch {
                if let Some(fact) = decode(event).unwrap() {
                    tally.count(event.occurred_at, &fact);
                }
            }
            let mut again: BTreeMap<_, i64> = BTreeMap::new();
            for (metric, day, province, organisation, delta) in tally.by_day() {
                prop_assert!(delta != 0);
                *sums.entry((metric, day, province.code().to_owned(), organisation)).or_default() += delta;
                *again.entry((metric, province, organisation)).or_default() += delta;
            }
            again.retain(|_, n| *n != 0);
            let totals: BTreeMap<_, i64> = tally.in_total().map(|(m, p, o, n)| ((m, p, o), n)).collect();
            prop_assert_eq!(totals, again);
        }
        let histories = histories(&world);
        for definition in CATALOGUE {
            for day in &histories.days {
                let expected = histories.recount(definition.metric, *day);
                prop_assert_eq!(read(&sums, definition.metric, *day), expected, "{} on {}", definition.name, day);
            }
        }
    }
}

#[tokio::test]
async fn the_database_says_what_a_recount_says() {
    let mut random = proptest::test_runner::TestRunner::deterministic();
    let strategy = (
        proptest::collection::vec(any::<Choice>(), 300),
        proptest::collection::vec(1u8..60, 1..10),
    );
    for _ in 0..4 {
        let (choices, sizes) = strategy.new_tree(&mut random).unwrap().current();
        let world = World::played(&choices);
        let logs = logs(&world);
        let database = stage::database().await;
        let cockpit = stage::cockpit(&database.pool, Clock::system());
        for batch in shuffled(&logs, &sizes, &sizes) {
            stage::apply(&cockpit, batch).await;
        }
        stage::assert_equal_to_recount(&database.pool, &histories(&world)).await;
    }
}

#[tokio::test]
async fn a_long_history_moves_every_metric() {
    // Otherwise the two tests above would compare empty results.
    let histories = histories(&World::played(&consuming::choices(4_000)));
    for definition in CATALOGUE {
        let some = histories
            .days
            .iter()
            .any(|day| !histories.recount(definition.metric, *day).is_empty());
        assert!(some, "{}", definition.name);
    }
}

#[test]
fn a_metric_moves_with_the_events_that_the_catalogue_names_and_with_no_other() {
    let mut seen: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for event in &World::played(&consuming::choices(4_000)).log {
        let Some(fact) = decode(event).unwrap() else {
            continue;
        };
        for movement in cockpit::facts::rules::movements(&fact) {
            let definition = movement.metric.definition();
            let events = seen.entry(definition.name).or_default();
            let name = format!("{}/{}", event.source, event.event_type);
            if !events.contains(&name) {
                events.push(name);
            }
            assert_eq!(
                movement.organisation_id.is_nil(),
                !definition.by_organisation(),
                "{}",
                definition.name
            );
        }
    }
    for definition in CATALOGUE {
        let mut events = seen.remove(definition.name).unwrap_or_default();
        let mut expected: Vec<_> = definition
            .source_events
            .iter()
            .map(|e| (*e).to_owned())
            .collect();
        events.sort();
        expected.sort();
        assert_eq!(events, expected, "{}", definition.name);
    }
}
