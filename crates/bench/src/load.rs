//! The load generator. It runs in this process, on the runtime's threads, and its own cost is measured with every run.
//!
//! * A **closed loop** has a fixed number of callers who each call again after a response: it measures throughput.
//! * An **open loop** starts calls at a fixed rate independent of responses, and measures a call's time from the time
//!   it was due: a slow response cannot hide the wait of later calls (coordinated omission).

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use tokio::{task::JoinSet, time::sleep_until};

use crate::shares::{Reading, Shares};

/// The result of a load.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Microseconds of each completed call.
    latencies: Vec<u32>,
    /// From the first call to the last response.
    pub took: Duration,
    /// Who had the processor meanwhile.
    shares: Shares,
}

impl Outcome {
    /// Of these calls, in microseconds.
    pub fn of(latencies: Vec<u32>, took: Duration) -> Self {
        Self {
            latencies,
            took,
            shares: Shares::default(),
        }
    }

    /// Number of completed calls.
    pub fn calls(&self) -> usize {
        self.latencies.len()
    }

    /// Completed calls per second.
    pub fn per_second(&self) -> f64 {
        self.calls() as f64 / self.took.as_secs_f64().max(1e-9)
    }

    /// The latency in milliseconds of this share (0 to 1) of the calls: the nearest rank, so always a measured value. 0
    /// without calls.
    pub fn percentile(&self, share: f64) -> f64 {
        let mut sorted = self.latencies.clone();
        sorted.sort_unstable();
        let rank = (share.clamp(0.0, 1.0) * sorted.len() as f64).ceil() as usize;
        sorted
            .get(rank.saturating_sub(1))
            .map_or(0.0, |micros| f64::from(*micros) / 1e3)
    }

    /// Median and 99th percentile, and the shares of the processor, as text.
    pub fn in_words(&self) -> String {
        let (p50, p99) = (self.percentile(0.5), self.percentile(0.99));
        let shares = self.shares.in_words();
        let separator = if shares.is_empty() { "" } else { "; " };
        format!("p50 {p50:.2} ms, p99 {p99:.2} ms{separator}{shares}")
    }
}

/// The start of a load.
struct Begun {
    at: Instant,
    reading: Reading,
}

impl Begun {
    fn now() -> Self {
        let reading = Reading::now();
        Self {
            at: Instant::now(),
            reading,
        }
    }
}

fn micros(since: Instant) -> u32 {
    u32::try_from(since.elapsed().as_micros()).unwrap_or(u32::MAX)
}

/// `callers` call one after the other for `length`; `call` gets the number of the caller. The first error ends it.
pub async fn closed<F, Fut>(callers: usize, length: Duration, call: F) -> Result<Outcome>
where
    F: Fn(usize) -> Fut + Clone + Send + 'static,
    Fut: Future<Output = Result<()>> + Send,
{
    let begun = Begun::now();
    let deadline = begun.at + length;
    let mut tasks = JoinSet::new();
    for caller in 0..callers {
        let call = call.clone();
        tasks.spawn(async move {
            let mut latencies = Vec::new();
            while Instant::now() < deadline {
                let sent = Instant::now();
                call(caller).await?;
                latencies.push(micros(sent));
            }
            anyhow::Ok(latencies)
        });
    }
    collect(tasks, begun).await
}

/// `callers` share `work` calls, each numbered once from 0.
pub async fn shared<F, Fut>(callers: usize, work: usize, call: F) -> Result<Outcome>
where
    F: Fn(usize) -> Fut + Clone + Send + 'static,
    Fut: Future<Output = Result<()>> + Send,
{
    let begun = Begun::now();
    let next = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    for _ in 0..callers {
        let (call, next) = (call.clone(), next.clone());
        tasks.spawn(async move {
            let mut latencies = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed) as usize;
                if number >= work {
                    return anyhow::Ok(latencies);
                }
                let sent = Instant::now();
                call(number).await?;
                latencies.push(micros(sent));
            }
        });
    }
    collect(tasks, begun).await
}

/// Starts `rate` calls per second for `length`, evenly. `call` gets the number of the call.
pub async fn open<F, Fut>(rate: f64, length: Duration, call: F) -> Result<Outcome>
where
    F: Fn(usize) -> Fut + Clone + Send + 'static,
    Fut: Future<Output = Result<()>> + Send + 'static,
{
    let begun = Begun::now();
    let calls = (rate * length.as_secs_f64()) as usize;
    let mut tasks = JoinSet::new();
    for number in 0..calls {
        let due = begun.at + Duration::from_secs_f64(number as f64 / rate);
        sleep_until(due.into()).await;
        let call = call.clone();
        tasks.spawn(async move {
            call(number).await?;
            anyhow::Ok(vec![micros(due)])
        });
    }
    collect(tasks, begun).await
}

async fn collect(mut tasks: JoinSet<Result<Vec<u32>>>, begun: Begun) -> Result<Outcome> {
    let mut latencies = Vec::new();
    while let Some(done) = tasks.join_next().await {
        latencies.extend(done??);
    }
    if latencies.is_empty() {
        bail!("not one call was answered");
    }
    let mut outcome = Outcome::of(latencies, begun.at.elapsed());
    outcome.shares = Shares::between(&begun.reading, &Reading::now());
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_percentile_is_the_nearest_rank() {
        let outcome = Outcome::of((1..=100).map(|n| n * 1000).collect(), Duration::ZERO);
        assert_eq!(outcome.percentile(0.5), 50.0);
        assert_eq!(outcome.percentile(0.99), 99.0);
        assert_eq!(outcome.percentile(1.0), 100.0);
        assert_eq!(outcome.percentile(0.0), 1.0);
        let few = Outcome::of(vec![3000, 1000, 2000], Duration::ZERO);
        assert_eq!((few.percentile(0.5), few.percentile(0.99)), (2.0, 3.0));
        assert_eq!(Outcome::default().percentile(0.5), 0.0);
    }

    #[tokio::test]
    async fn every_call_of_shared_work_is_made_once() {
        let sum = Arc::new(AtomicU64::new(0));
        let seen = sum.clone();
        let outcome = shared(7, 100, move |number| {
            let seen = seen.clone();
            async move {
                seen.fetch_add(number as u64, Ordering::Relaxed);
                Ok(())
            }
        });
        assert_eq!(outcome.await.unwrap().calls(), 100);
        assert_eq!(sum.load(Ordering::Relaxed), 4950);
    }

    #[tokio::test]
    async fn an_open_loop_counts_from_when_a_call_was_due() {
        // One caller at a time is served, for 20 ms each, while one arrives every 10 ms: the wait grows from call to
        // call.
        let server = Arc::new(tokio::sync::Mutex::new(()));
        let outcome = open(100.0, Duration::from_millis(200), move |_| {
            let server = server.clone();
            async move {
                let _place = server.lock().await;
                tokio::time::sleep(Duration::from_millis(20)).await;
                Ok(())
            }
        });
        let outcome = outcome.await.unwrap();
        assert_eq!(outcome.calls(), 20);
        assert!(outcome.percentile(1.0) >= 150.0, "{}", outcome.in_words());
    }

    #[tokio::test]
    async fn an_error_ends_the_load() {
        let failing = |_| async { bail!("refused") };
        let outcome = closed(2, Duration::from_secs(60), failing).await;
        assert_eq!(outcome.unwrap_err().to_string(), "refused");
    }
}
