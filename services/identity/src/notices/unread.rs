//! The number of unread notices on open pages. A replica looks once a second, with one statement for all its streams, whose inboxes were
//! written to; what it has written itself it looks at at once. Other replicas need not be told, so a lost message costs no update.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::{Stream, stream};
use kit::{clock::Clock, db::Db};
use tokio::{
    select,
    sync::{Notify, watch},
    time::{Instant, sleep, sleep_until},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::store;

/// What other replicas have written is seen after this.
const PERIOD: Duration = Duration::from_secs(1);
/// Looks in quick succession are at least so far apart.
const PAUSE: Duration = Duration::from_millis(100);
/// A transaction that writes to an inbox is visible within this time after the moment that it writes down.
const OVERLAP: time::Duration = time::Duration::seconds(30);
/// A stream ends after this at the latest. The page opens another one, for which the session is checked again.
const MAX_AGE: Duration = Duration::from_secs(30 * 60);

/// All open streams of this replica. Cheap to clone.
#[derive(Clone)]
pub struct Unread(Arc<Inner>);

struct Inner {
    db: Db,
    clock: Clock,
    /// One entry for each person with an open page.
    people: Mutex<HashMap<Uuid, watch::Sender<Option<i64>>>>,
    wake: Notify,
}

impl Unread {
    /// Without an open stream.
    pub fn new(db: Db, clock: Clock) -> Self {
        Self(Arc::new(Inner {
            db,
            clock,
            people: Mutex::default(),
            wake: Notify::new(),
        }))
    }

    /// Inboxes have changed: open pages are looked at now. Never waits.
    pub fn changed(&self) {
        self.0.wake.notify_one();
    }

    /// The number of people with an open stream.
    pub fn people(&self) -> usize {
        lock(&self.0.people).len()
    }

    /// The number of a person's unread notices: now, and whenever it has changed.
    pub async fn watch(
        &self,
        person_id: Uuid,
    ) -> Result<impl Stream<Item = i64> + Send + 'static, sqlx::Error> {
        // Subscribed before the first look, so that no change is missed in between.
        let changes = self.subscribe(person_id);
        let first = {
            let mut conn = self.0.db.read().await?;
            store::count_unread(&mut conn, person_id).await?
        };
        let open = Open {
            changes,
            sent: None,
            // At random, so that a thousand streams do not come again at the same moment.
            ends_at: Instant::now() + MAX_AGE.mul_f64(kit::chance::share(0.8..1.0)),
        };
        Ok(stream::unfold(
            (open, Some(first)),
            async |(mut open, first)| {
                let next = match first {
                    Some(first) => first,
                    None => open.next().await?,
                };
                open.sent = Some(next);
                Some((next, (open, None)))
            },
        ))
    }

    fn subscribe(&self, person_id: Uuid) -> watch::Receiver<Option<i64>> {
        let mut people = lock(&self.0.people);
        let sender = people
            .entry(person_id)
            .or_insert_with(|| watch::Sender::new(None));
        sender.subscribe()
    }

    /// Worker: looks at the inboxes of people with open pages.
    pub async fn run(self, stop: CancellationToken) {
        let mut seen = self.0.clock.now();
        loop {
            select! {
                () = stop.cancelled() => return,
                () = self.0.wake.notified() => {}
                () = sleep(PERIOD) => {}
            }
            let now = self.0.clock.now();
            match self.look(seen - OVERLAP).await {
                Ok(()) => seen = now,
                Err(error) => tracing::warn!(%error, "open pages are not told of new notices"),
            }
            sleep(PAUSE).await;
        }
    }

    async fn look(&self, after: time::OffsetDateTime) -> Result<(), sqlx::Error> {
        let people: Vec<Uuid> = {
            let mut people = lock(&self.0.people);
            people.retain(|_, sender| sender.receiver_count() > 0);
            people.keys().copied().collect()
        };
        if people.is_empty() {
            return Ok(());
        }
        let mut conn = self.0.db.read().await?;
        let counts = store::changed(&mut conn, &people, after).await?;
        drop(conn);
        let people = lock(&self.0.people);
        for (person_id, count) in counts {
            if let Some(sender) = people.get(&person_id) {
                sender.send_if_modified(|known| known.replace(count) != Some(count));
            }
        }
        Ok(())
    }
}

/// One open stream.
struct Open {
    changes: watch::Receiver<Option<i64>>,
    sent: Option<i64>,
    ends_at: Instant,
}

impl Open {
    /// The next number that is another one.
    async fn next(&mut self) -> Option<i64> {
        loop {
            select! {
                () = sleep_until(self.ends_at) => return None,
                changed = self.changes.changed() => changed.ok()?,
            }
            let now = *self.changes.borrow_and_update();
            if now.is_some() && now != self.sent {
                return now;
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
