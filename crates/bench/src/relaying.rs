//! The event log: from the outbox to the log and to NATS, and from there into the cockpit. The outbox is filled at once
//! with copies of events of an unknown type, which all services receive and ignore.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use platform::Service;

use super::{database, figure::Figure, stage::Stage};

/// Events per round, unless the scale is small.
const EVENTS: u64 = 50_000;
/// A relay that takes longer has stopped.
const RELAY_TIMEOUT: Duration = Duration::from_secs(120);

pub async fn run(stage: &Stage) -> Result<Vec<Figure>> {
    let events = EVENTS.min(10 * stage.plan.scale) as i64;
    let url = stage.platform.database_url(Service::Events);
    let mut source = database::Source::open(url.context("no database")?).await?;
    let url = stage.platform.database_url(Service::Cockpit);
    let mut checkpoint = database::Checkpoint::open(url.context("no database")?).await?;
    let (mut relayed, mut published, mut applied) = (Vec::new(), Vec::new(), Vec::new());
    let mut plain = Vec::new();
    for _ in 0..stage.plan.rounds {
        stage.platform.settled().await?;
        plain.push(events as f64 / source.copy(events).await?.as_secs_f64());
        let (head, _) = source.state().await?;
        source.fill(events).await?;
        let begun = Instant::now();
        let wanted = head + events;
        let (mut moved_at, mut published_at, mut applied_at) = (None, None, None);
        while moved_at.is_none() || published_at.is_none() || applied_at.is_none() {
            ensure!(
                begun.elapsed() < RELAY_TIMEOUT,
                "the events are not relayed"
            );
            let (head, published) = source.state().await?;
            let position = checkpoint.position().await?;
            let now = begun.elapsed();
            let reached = |position: i64| (position >= wanted).then_some(now);
            moved_at = moved_at.or(reached(head));
            published_at = published_at.or(reached(published));
            applied_at = applied_at.or(reached(position));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let rate =
            |at: Option<Duration>| events as f64 / at.map_or(f64::INFINITY, |at| at.as_secs_f64());
        relayed.push(rate(moved_at));
        published.push(rate(published_at));
        applied.push(rate(applied_at));
    }
    let copying = "insert … select of the same rows in PostgreSQL";
    Ok(vec![
        Figure::new("outbox → log", "events/s", relayed)
            .beside(copying, &plain)
            .seen(format!(
                "{events} events of 300 bytes at once; log, NATS and cockpit all at work"
            )),
        Figure::new("outbox → NATS", "events/s", published).beside(copying, &plain),
        Figure::new("outbox → cockpit", "events/s", applied).beside(copying, &plain),
    ])
}
