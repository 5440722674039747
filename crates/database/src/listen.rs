use std::time::Duration;

use sqlx::{PgPool, postgres::PgListener};
use tokio::time::{sleep, timeout};

use crate::{pool_options, within};

/// A channel that has been quiet for so long is asked whether its connection is alive.
const QUIET: Duration = Duration::from_secs(20);
/// How long connecting and that question may take.
const ANSWER: Duration = Duration::from_secs(5);
/// Between tries to connect.
const PAUSE: Duration = Duration::from_secs(1);

/// Listens to a channel (LISTEN) on a connection of its own, with the options of `pool`, for ever. `heard` gets the payload of each notification, and
/// `None` whenever the connection was made anew: what was said meanwhile is lost. Connections that break or go silent are replaced.
pub async fn listen(pool: &PgPool, channel: &str, mut heard: impl FnMut(Option<&str>)) {
    let options = (*pool.connect_options()).clone();
    loop {
        // A pool of one: the listener must not take a place of the others. A new one each time: its only place may hang.
        let own = pool_options(1).connect_lazy_with(options.clone());
        let connected = within(ANSWER, async {
            let mut listener = PgListener::connect_with(&own).await?;
            listener.listen(channel).await?;
            Ok::<_, sqlx::Error>(listener)
        });
        if let Ok(listener) = connected.await {
            heard(None);
            follow(listener, &mut heard).await;
        }
        sleep(PAUSE).await;
    }
}

/// Until the connection breaks or goes silent.
async fn follow(mut listener: PgListener, heard: &mut impl FnMut(Option<&str>)) {
    loop {
        match timeout(QUIET, listener.recv()).await {
            Ok(Ok(notification)) => heard(Some(notification.payload())),
            Ok(Err(_)) => return,
            Err(_) => {
                let alive = sqlx::query("select 1").execute(&mut listener);
                if within::<_, sqlx::Error>(ANSWER, alive).await.is_err() {
                    return;
                }
            }
        }
    }
}
