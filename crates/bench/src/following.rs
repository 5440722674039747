//! The delay of the cockpit. Registrations are made through the service; the delay of one is measured from its response
//! until the cockpit's database includes it. The cockpit's checkpoint is polled every millisecond or two.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use platform::Service;
use tokio::task::JoinHandle;
use tonic::metadata::AsciiMetadataValue;

use super::{
    activities, database, figure::Figure, load, load::Outcome, people, registering::Desk,
    stage::Stage,
};

/// Registrations per second at the constant rate.
const RATE: f64 = 200.0;
/// Callers at saturation.
const CALLERS: usize = 64;
const ACTIVITIES: usize = 50;
/// Polling interval of the checkpoint.
const LOOK: Duration = Duration::from_millis(1);

/// Registrations with the times of their responses.
type Answered = Arc<Mutex<Vec<(String, Instant)>>>;

pub async fn run(stage: &Stage) -> Result<Vec<Figure>> {
    let (mut even, mut even_p99) = (Vec::new(), Vec::new());
    let (mut full, mut full_p99, mut rates) = (Vec::new(), Vec::new(), Vec::new());
    let desk = Desk::open(stage).await?;
    let length = stage.plan.length;
    for _ in 0..stage.plan.rounds {
        // New activities, so that all people can register again.
        let activities: Arc<[String]> =
            activities::publish(stage, ACTIVITIES, 10_000).await?.into();
        let bearers = people::signed_in(stage, (stage.plan.scale as usize / 2).min(20_000)).await?;
        stage.platform.settled().await?;

        let watch = Watch::begin(stage).await?;
        let answered = Answered::default();
        let call = caller(&desk, &bearers, &activities, &answered, 0);
        load::open(RATE, length, call).await?;
        let delays = watch.end(stage, &answered).await?;
        even.push(delays.percentile(0.5));
        even_p99.push(delays.percentile(0.99));

        let watch = Watch::begin(stage).await?;
        let answered = Answered::default();
        let call = caller(&desk, &bearers, &activities, &answered, 1);
        let outcome = load::shared(CALLERS, bearers.len(), call).await?;
        let delays = watch.end(stage, &answered).await?;
        full.push(delays.percentile(0.5));
        full_p99.push(delays.percentile(0.99));
        rates.push(outcome.per_second());
    }
    let rate = super::figure::Spread::of(&rates).map_or(0.0, |rates| rates.median);
    Ok(vec![
        Figure::new(
            "answer → counted, 200 registrations a second, p50",
            "ms",
            even,
        )
        .seen("open loop; includes the look at the checkpoint every 1 to 2 ms"),
        Figure::new(
            "answer → counted, 200 registrations a second, p99",
            "ms",
            even_p99,
        ),
        Figure::new("answer → counted, saturated by 64 callers, p50", "ms", full).seen(format!(
            "at {} registrations a second",
            super::figure::readable(rate)
        )),
        Figure::new(
            "answer → counted, saturated by 64 callers, p99",
            "ms",
            full_p99,
        ),
    ])
}

fn caller(
    desk: &Desk,
    bearers: &Arc<[AsciiMetadataValue]>,
    activities: &Arc<[String]>,
    answered: &Answered,
    shift: usize,
) -> impl Fn(usize) -> futures::future::BoxFuture<'static, Result<()>> + Clone + Send + use<> {
    let all = (
        desk.clone(),
        bearers.clone(),
        activities.clone(),
        answered.clone(),
    );
    move |number| {
        let (desk, bearers, activities, answered) = all.clone();
        Box::pin(async move {
            let person = number % bearers.len();
            let activity = &activities[(number + shift) % activities.len()];
            if let Some(registration) = desk.register(&bearers[person], activity).await? {
                let mut answered = answered.lock().unwrap_or_else(PoisonError::into_inner);
                answered.push((registration, Instant::now()));
            }
            Ok(())
        })
    }
}

/// Polls the cockpit's checkpoint until stopped.
struct Watch {
    task: JoinHandle<Result<Vec<(i64, Instant)>>>,
    stop: tokio::sync::oneshot::Sender<()>,
    /// The log's head at the start.
    begin: i64,
}

impl Watch {
    async fn begin(stage: &Stage) -> Result<Self> {
        let url = stage.platform.database_url(Service::Cockpit);
        let mut checkpoint = database::Checkpoint::open(url.context("no database")?).await?;
        let begin = checkpoint.position().await?;
        let (stop, mut stopped) = tokio::sync::oneshot::channel();
        let task = tokio::spawn(async move {
            let mut seen = Vec::new();
            let mut last = begin;
            while stopped.try_recv().is_err() {
                let position = checkpoint.position().await?;
                if position > last {
                    seen.push((position, Instant::now()));
                    last = position;
                }
                tokio::time::sleep(LOOK).await;
            }
            Ok(seen)
        });
        Ok(Self { task, stop, begin })
    }

    /// Waits until the cockpit has applied everything; returns the delays.
    async fn end(self, stage: &Stage, answered: &Answered) -> Result<Outcome> {
        stage.platform.settled().await?;
        // The last polls.
        tokio::time::sleep(20 * LOOK).await;
        let _ = self.stop.send(());
        let seen = self.task.await??;
        let url = stage.platform.database_url(Service::Events);
        let positions = database::positions(url.context("no database")?, self.begin).await?;
        let answered = answered.lock().unwrap_or_else(PoisonError::into_inner);
        let delays = answered.iter().filter_map(|(registration, at)| {
            let position = positions.get(registration)?;
            let first = seen.partition_point(|(seen, _)| seen < position);
            let counted = seen.get(first)?.1;
            // Applied before the caller had the response: no delay.
            Some(counted.saturating_duration_since(*at).as_micros() as u32)
        });
        let delays: Vec<u32> = delays.collect();
        anyhow::ensure!(
            delays.len() == answered.len() && !delays.is_empty(),
            "{} of {} registrations were seen in the cockpit",
            delays.len(),
            answered.len()
        );
        Ok(Outcome::of(delays, Duration::ZERO))
    }
}
