//! Background workers that are restarted after failures.

use std::{fmt, future::Future, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::{FutureExt as _, future::BoxFuture};
use tokio::{sync::watch, time::timeout};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::telemetry::metrics;

/// Timeout of one run of a periodic worker.
const WORK_TIMEOUT: Duration = Duration::from_secs(300);

type Run = Arc<dyn Fn(CancellationToken) -> BoxFuture<'static, anyhow::Result<()>> + Send + Sync>;

/// A named background worker. If it ends, fails or panics before shutdown, it is restarted after a pause.
#[derive(Clone)]
pub struct Worker {
    name: &'static str,
    run: Run,
}

impl Worker {
    /// A loop that runs until the token is cancelled. Every replica runs it: take work with `for update skip locked`.
    pub fn new<F, Fut>(name: &'static str, run: F) -> Self
    where
        F: Fn(CancellationToken) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        Self {
            name,
            run: Arc::new(move |stop| run(stop).boxed()),
        }
    }

    /// Runs `work` at once and then `period` after each end. A failure is logged and does not stop the worker; a run
    /// that takes longer than five minutes is cancelled.
    pub fn every<F, Fut>(name: &'static str, period: Duration, work: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let work = Arc::new(work);
        Self::new(name, move |stop| {
            let work = work.clone();
            async move {
                while !stop.is_cancelled() {
                    let span = tracing::error_span!("work", worker = name);
                    let done = match timeout(WORK_TIMEOUT, work().instrument(span)).await {
                        Ok(done) => done,
                        Err(_) => Err(anyhow::anyhow!("it did not end in time")),
                    };
                    if let Err(error) = done {
                        tracing::warn!(
                            worker = name,
                            error = format!("{error:#}"),
                            "work failed, will be tried again"
                        );
                    }
                    tokio::select! {
                        () = tokio::time::sleep(period) => {}
                        () = stop.cancelled() => {}
                    }
                }
                Ok(())
            }
        })
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Runs it until `stop`; `alive` is false while it pauses after a failure.
    pub(super) async fn supervise(self, stop: CancellationToken, alive: watch::Sender<bool>) {
        metrics::worker_started(self.name);
        let mut pause = Duration::from_secs(1);
        while !stop.is_cancelled() {
            alive.send_replace(true);
            let started = tokio::time::Instant::now();
            let ended = AssertUnwindSafe((self.run)(stop.clone()))
                .catch_unwind()
                .await;
            if stop.is_cancelled() {
                return;
            }
            let why = match ended {
                Ok(Ok(())) => "it returned".to_owned(),
                Ok(Err(error)) => format!("{error:#}"),
                Err(_) => "it panicked".to_owned(),
            };
            alive.send_replace(false);
            metrics::worker_restarted(self.name);
            tracing::error!(
                worker = self.name,
                why,
                "a background loop ended too early and is started again"
            );
            // A worker that ran for a while starts again with the shortest pause.
            pause = if started.elapsed() > Duration::from_secs(60) {
                Duration::from_secs(1)
            } else {
                pause
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = stop.cancelled() => {}
            }
            pause = (pause * 2).min(Duration::from_secs(30));
        }
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Worker({})", self.name)
    }
}
