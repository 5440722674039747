use std::time::Duration;

use sqlx::{PgPool, postgres::PgListener};
use tokio::time::{sleep, timeout};

use crate::{pool_options, within};

/// A channel that has been quiet for this long has its connection checked.
const QUIET: Duration = Duration::from_secs(20);
/// Timeout of connecting and of that check.
const ANSWER: Duration = Duration::from_secs(5);
/// Delay between attempts to connect.
const PAUSE: Duration = Duration::from_secs(1);

/// Listens to a channel (LISTEN) on a dedicated connection, with the options of `pool`, forever. `heard` receives the
/// payload of each notification, and `None` after each reconnection, when notifications may have been lost. Broken and
/// hanging connections are replaced.
pub async fn listen(pool: &PgPool, channel: &str, mut heard: impl FnMut(Option<&str>)) {
    let options = (*pool.connect_options()).clone();
    loop {
        // A pool of one, so that the listener occupies no place of the main pool. A new one each time: its only place
        // may hang.
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

/// Runs until the connection breaks or hangs.
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
