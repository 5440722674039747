//! The method `Rebuild`.

use std::{pin::Pin, time::Duration};

use futures::{Stream, StreamExt as _};
use kit::errors::Problem;
use proto::{
    cast::cockpit::v1::{RebuildProgress, rebuild_progress::Source},
    reasons,
};
use tokio::{
    select,
    sync::{mpsc, watch},
    time::interval,
};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::{Progress, Rebuild, RebuildError, rebuild};

/// What `Rebuild` sends.
pub type Rebuilding = Pin<Box<dyn Stream<Item = Result<RebuildProgress, Status>> + Send>>;

/// How often it says how far it is.
const TOLD_EVERY: Duration = Duration::from_secs(1);

/// Runs a rebuild as long as the stream is listened to. When the service stops, the chassis ends the stream.
pub fn run(with: Rebuild) -> Rebuilding {
    let cancel = CancellationToken::new();
    let (say, hear) = mpsc::channel(1);
    tokio::spawn(async move {
        let progress = watch::Sender::new(Vec::new());
        // Nothing is heard before it has become the only rebuild: until then it may still be refused.
        let mut heard = progress.subscribe();
        let work = rebuild(&with, &progress, &cancel);
        tokio::pin!(work);
        let mut ticks = interval(TOLD_EVERY);
        let end = loop {
            select! {
                end = &mut work => break end,
                () = say.closed(), if !cancel.is_cancelled() => cancel.cancel(),
                _ = ticks.tick() => if heard.has_changed().unwrap_or(false) {
                    // A caller who is slow to read hears the next one.
                    let _ = say.try_send(Ok(on_the_wire(&heard.borrow_and_update(), false)));
                },
            }
        };
        let last = match end {
            Ok(_) => Ok(on_the_wire(&progress.borrow(), true)),
            Err(error) => Err(Problem::from(error).into()),
        };
        // If nobody hears it, nobody is left to care.
        let _ = say.send(last).await;
    });
    ReceiverStream::new(hear).boxed()
}

impl From<RebuildError> for Problem {
    fn from(error: RebuildError) -> Self {
        match error {
            RebuildError::UnderWay => Self::of(&reasons::REBUILD_UNDER_WAY),
            RebuildError::GivenUp => Self::of(&reasons::UNAVAILABLE),
            RebuildError::Database(error) => error.into(),
        }
    }
}

fn on_the_wire(progress: &[Progress], serving: bool) -> RebuildProgress {
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
