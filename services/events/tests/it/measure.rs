//! Measures throughput. Asserts nothing about time; run by hand, optimised:
//! `cargo test --release -p events --test it -- --ignored --nocapture measure`.
//! Needs `pgbench` for the comparison: the same row of seats, updated by one transaction for each seat.
#![allow(clippy::print_stdout)]

use std::{process::Command, sync::Arc, time::Instant};

use proto_events::v1::Activity;
use tokio::sync::Semaphore;

use crate::world::{World, id, person, register};

/// Concurrent calls of a replica.
const IN_FLIGHT: usize = 512;

struct Rush {
    seconds: f64,
    seats: usize,
    milliseconds: Vec<f64>,
}

impl Rush {
    fn percentile(&self, percent: usize) -> f64 {
        self.milliseconds
            [(self.milliseconds.len() * percent / 100).min(self.milliseconds.len() - 1)]
    }
}

async fn rush(world: &World, activities: &[Activity], callers: usize, in_flight: usize) -> Rush {
    let places = Arc::new(Semaphore::new(in_flight));
    let crowd: Vec<_> = (0..callers).map(|_| person()).collect();
    let began = Instant::now();
    let mut tasks = Vec::with_capacity(callers);
    for (nth, person) in crowd.into_iter().enumerate() {
        let place = places.clone().acquire_owned().await.unwrap();
        let (at, activity) = (
            world.registrations(),
            activities[nth % activities.len()].clone(),
        );
        tasks.push(tokio::spawn(async move {
            let asked = Instant::now();
            let seat = register(&at, &person, &activity, "request").await.is_ok();
            drop(place);
            (seat, asked.elapsed().as_secs_f64() * 1_000.0)
        }));
    }
    let (mut seats, mut milliseconds) = (0, Vec::with_capacity(callers));
    for task in tasks {
        let (seat, took) = task.await.unwrap();
        seats += usize::from(seat);
        milliseconds.push(took);
    }
    let seconds = began.elapsed().as_secs_f64();
    milliseconds.sort_by(f64::total_cmp);
    Rush {
        seconds,
        seats,
        milliseconds,
    }
}

/// Transactions a second of pgbench that update the one row of seats, nothing else.
fn single_row_updates(world: &World, activity: &Activity) -> Option<f64> {
    let script = std::env::temp_dir().join(format!("seat-{}.sql", std::process::id()));
    let update = format!(
        "update seats set admitted = admitted + 1 where activity_id = '{}';\n",
        id(&activity.activity_id)
    );
    std::fs::write(&script, update).unwrap();
    let output = Command::new("pgbench")
        .args([
            "--no-vacuum",
            "--client=8",
            "--jobs=2",
            "--protocol=prepared",
            "--time=5",
            "--file",
        ])
        .arg(&script)
        // The query string has options of sqlx.
        .arg(world.database.url.split('?').next().unwrap())
        .output()
        .ok()?;
    std::fs::remove_file(&script).unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines()
        .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn measure_the_rush() {
    let world = World::new().await;
    let compared = world.published(1).await;
    let baseline = single_row_updates(&world, &compared);
    println!("pgbench, single-row update: {baseline:?}/s");

    let warm = [world.published(1_000_000).await];
    rush(&world, &warm, 5_000, IN_FLIGHT).await;
    for callers in [20_000, 40_000] {
        let hot = [world.published(1_000_000).await];
        let rush = rush(&world, &hot, callers, IN_FLIGHT).await;
        let rate = rush.seats as f64 / rush.seconds;
        println!(
            "one hot activity, {callers} callers: {rate:.0} seats/s ({:.1} × pgbench), p50 {:.1} ms, p99 {:.1} ms",
            rate / baseline.unwrap_or(f64::NAN),
            rush.percentile(50),
            rush.percentile(99),
        );
    }

    let mut many = Vec::new();
    for _ in 0..1_000 {
        many.push(world.published(1_000_000).await);
    }
    let spread = rush(&world, &many, 20_000, IN_FLIGHT).await;
    let rate = spread.seats as f64 / spread.seconds;
    println!(
        "1,000 activities, 20,000 callers: {rate:.0} seats/s, p99 {:.1} ms",
        spread.percentile(99)
    );

    let alone = rush(&world, &warm, 1_000, 1).await;
    println!(
        "alone: p50 {:.2} ms, p99 {:.2} ms",
        alone.percentile(50),
        alone.percentile(99)
    );

    let full = [world.published(1).await];
    rush(&world, &full, 1, 1).await;
    for in_flight in [1, IN_FLIGHT] {
        let late = rush(&world, &full, 20_000, in_flight).await;
        println!(
            "full, {in_flight} at a time: {:.0} answers/s, p50 {:.2} ms, p99 {:.2} ms, seats given {}",
            20_000.0 / late.seconds,
            late.percentile(50),
            late.percentile(99),
            late.seats
        );
    }
    let few = [world.published(500).await];
    let rush = rush(&world, &few, 10_000, IN_FLIGHT).await;
    println!(
        "10,000 callers for 500 seats: {} given, all answered in {:.2} s, p99 {:.1} ms",
        rush.seats,
        rush.seconds,
        rush.percentile(99)
    );
}
