//! Random faults under load. A platform with two replicas of everything is used by people while programs are killed and
//! paused, the database hangs, slows down and becomes read-only, NATS is wiped and forged messages are published. Every
//! acknowledged write is recorded in a journal, and at the end the databases and the API must agree with it: nothing
//! lost, nothing done twice, no seat given away twice.
//!
//! The faults come from a seed, which is printed. `CAST_NEMESIS_FAULTS` and `CAST_NEMESIS_SEED` choose a longer run, or
//! repeat one.
#![allow(clippy::print_stdout)]

mod clock;
mod disk;
mod faults;
mod journal;
mod load;
mod stage;

use std::time::{Duration, Instant};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

use crate::integrity;
use faults::Fault;
use load::{People, Waits};
use stage::Stage;

/// Number of faults in a test run.
const FAULTS: usize = 20;
/// Maximum response time of a read, and of a write.
const READ_LIMIT: Duration = Duration::from_secs(10);
const WRITE_LIMIT: Duration = Duration::from_secs(35);

fn chosen<T: std::str::FromStr>(variable: &str) -> Option<T> {
    std::env::var(variable).ok()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_a_night_of_random_faults() {
    let count = chosen("CAST_NEMESIS_FAULTS").unwrap_or(FAULTS);
    let seed: u64 = chosen("CAST_NEMESIS_SEED").unwrap_or_else(rand::random);
    println!("nemesis: {count} faults, seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);

    let stage = Stage::new().await;
    let people = People::arrive(&stage).await;
    let at_work = people.work(random.random());
    let possible = Fault::possible(&stage);
    let left_out = Fault::ALL.iter().filter(|fault| !possible.contains(fault));
    println!(
        "nemesis: left out on this machine: {:?}",
        left_out.collect::<Vec<_>>()
    );
    let mut recoveries = Vec::new();
    for number in 1..=count {
        let fault = Fault::random(&possible, &mut random);
        let start = Instant::now();
        fault.happen(&stage, &mut random).await;
        let struck = start.elapsed();
        let recovered = at_work.next_success().await;
        println!("{number:4} {fault:?}: lasted {struck:.1?}, served again after {recovered:.1?}");
        recoveries.push(recovered);
        tokio::time::sleep(Duration::from_millis(random.random_range(0..400))).await;
    }
    stage.calm().await;
    let (journal, waits) = at_work.end().await;

    report(&mut recoveries, &waits);
    journal.check(&stage.platform).await;
    integrity::check(&stage.platform).await;
    waits.reads.within(READ_LIMIT, "a read");
    waits.writes.within(WRITE_LIMIT, "a write");
    stage.platform.stop().await.unwrap();
}

fn report(recoveries: &mut [Duration], waits: &Waits) {
    recoveries.sort_unstable();
    let at = |share: f64| {
        let last = recoveries.len().saturating_sub(1);
        recoveries
            .get((last as f64 * share) as usize)
            .copied()
            .unwrap_or_default()
    };
    println!(
        "nemesis: served again after {:.1?} (half), {:.1?} (nine of ten), {:.1?} (longest); reads: {}; writes: {}",
        at(0.5),
        at(0.9),
        at(1.0),
        waits.reads,
        waits.writes
    );
}
