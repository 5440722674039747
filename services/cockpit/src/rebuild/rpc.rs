//! The method `Rebuild`.

use std::time::Duration;

use futures::StreamExt as _;
use kit::{call::Answers, errors::Problem};
use proto_cockpit::{
    reasons,
    v1::{RebuildProgress, rebuild_progress::Source},
};
use tokio::{
    select,
    sync::{mpsc, watch},
    time::interval,
};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;

use super::{Progress, Rebuild, RebuildError, rebuild};

/// How often progress is reported.
const REPORT_EVERY: Duration = Duration::from_secs(1);

/// Runs a rebuild as long as the stream is open. When the service stops, the chassis ends the stream.
pub fn run(with: Rebuild) -> Answers<RebuildProgress> {
    let cancel = CancellationToken::new();
    let (reports, received) = mpsc::channel(1);
    tokio::spawn(async move {
        let progress = watch::Sender::new(Vec::new());
        // The first report comes after the lock is held: until then the rebuild may still be refused.
        let mut seen = progress.subscribe();
        let work = rebuild(&with, &progress, &cancel);
        tokio::pin!(work);
        let mut ticks = interval(REPORT_EVERY);
        let end = loop {
            select! {
                end = &mut work => break end,
                () = reports.closed(), if !cancel.is_cancelled() => cancel.cancel(),
                _ = ticks.tick() => if seen.has_changed().unwrap_or(false) {
                    // A slow caller gets the next report.
                    let _ = reports.try_send(Ok(to_message(&seen.borrow_and_update(), false)));
                },
            }
        };
        let last = match end {
            Ok(_) => Ok(to_message(&progress.borrow(), true)),
            Err(error) => Err(Problem::from(error)),
        };
        // The caller may have disconnected.
        let _ = reports.send(last).await;
    });
    ReceiverStream::new(received).boxed()
}

impl From<RebuildError> for Problem {
    fn from(error: RebuildError) -> Self {
        match error {
            RebuildError::UnderWay => Self::of(&reasons::REBUILD_UNDER_WAY),
            RebuildError::Cancelled => Self::of(&reasons::UNAVAILABLE),
            RebuildError::Database(error) => error.into(),
        }
    }
}

fn to_message(progress: &[Progress], serving: bool) -> RebuildProgress {
    let sources = progress.iter().map(|p| Source {
        source: p.source.to_owned(),
        position: p.position,
        head: p.head,
        quarantined: p.quarantined,
    });
    RebuildProgress {
        sources: sources.collect(),
        serving,
    }
}
