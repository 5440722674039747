//! Open screens: the live overview. All screens of one scope share one task that reads the numbers when something has changed, so
//! they are up to date at the price of one reading a scope.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures::{Stream, stream};
use kit::{access::Caller, errors::Problem};
use proto::{cast::cockpit::v1::Overview, reasons};
use time::{OffsetDateTime, Time};
use tokio::{
    select,
    sync::{Semaphore, watch},
    time::{Instant, sleep, sleep_until},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{store, wire};
use crate::{Cockpit, reading::PERMISSION, scope::Scope};

/// The overview of a scope is read at most once in this time: four times a second.
pub const GAP: Duration = Duration::from_millis(250);

/// Overviews read at the same time at most, so that many scopes cannot crowd out the service's other questions.
const READERS: usize = 2;

/// The longest life of a person's stream. The browser opens another one, with a session that is checked again.
const LIFE_OF_A_SCREEN: Duration = Duration::from_secs(30 * 60);

/// A machine's token lives five minutes, and so does its stream.
const LIFE_OF_A_CLIENT: Duration = Duration::from_secs(5 * 60);

/// How long to wait after a failed reading.
const RETRY: Duration = Duration::from_secs(1);

/// What the screens of a scope show: nothing yet, the newest overview, or that even the first could not be read.
type Shown = Option<Result<Arc<Overview>, Unreadable>>;

#[derive(Clone, Copy, Debug)]
struct Unreadable;

/// All open screens of this replica. Cheap to clone.
#[derive(Clone)]
pub struct Screens(Arc<Inner>);

struct Inner {
    cockpit: Cockpit,
    readers: Semaphore,
    /// One entry a scope that is being watched.
    scopes: Mutex<HashMap<Scope, Arc<watch::Sender<Shown>>>>,
    /// One entry a screen of a person, to end it when the person's rights change.
    watchers: Mutex<HashMap<u64, Watcher>>,
    next_watcher: AtomicU64,
    readings: AtomicU64,
}

struct Watcher {
    person_id: Uuid,
    scope: Scope,
    end: CancellationToken,
}

impl Screens {
    /// No screen yet.
    pub fn new(cockpit: Cockpit) -> Self {
        Self(Arc::new(Inner {
            cockpit,
            readers: Semaphore::new(READERS),
            scopes: Mutex::default(),
            watchers: Mutex::default(),
            next_watcher: AtomicU64::new(0),
            readings: AtomicU64::new(0),
        }))
    }

    /// How often an overview was read so far, for all scopes together.
    pub fn readings(&self) -> u64 {
        self.0.readings.load(Ordering::Relaxed)
    }

    /// How many scopes are being watched.
    pub fn scopes(&self) -> usize {
        lock(&self.0.scopes).len()
    }

    /// The overview of `scope`: the newest at once, then every newer one that is different. A screen that is slow skips
    /// what is out of date. Ends after a while, and when the caller's rights change; when the service stops, the chassis ends it.
    pub fn watch(
        &self,
        caller: &Caller,
        scope: Scope,
    ) -> impl Stream<Item = Result<Arc<Overview>, Problem>> + Send + 'static {
        let mut shown = self.attach(&scope);
        // Whatever is shown already is news to this screen.
        shown.mark_changed();
        let end = CancellationToken::new();
        let life = match caller {
            Caller::Client(_) => LIFE_OF_A_CLIENT,
            // Not all at the same moment, or a thousand screens would come back at once.
            _ => LIFE_OF_A_SCREEN.mul_f64(kit::chance::share(0.8..1.0)),
        };
        let screen = Screen {
            shown,
            over: Instant::now() + life,
            _registered: self.register(caller, scope, end.clone()),
            end,
        };
        stream::unfold(Some(screen), async |screen| {
            let mut screen = screen?;
            match screen.next().await? {
                Ok(overview) => Some((Ok(overview), Some(screen))),
                Err(Unreadable) => {
                    let problem = Problem::of(&reasons::UNAVAILABLE).retry_after(RETRY);
                    Some((Err(problem), None))
                }
            }
        })
    }

    fn attach(&self, scope: &Scope) -> watch::Receiver<Shown> {
        let mut scopes = lock(&self.0.scopes);
        if let Some(shown) = scopes.get(scope) {
            return shown.subscribe();
        }
        let shown = Arc::new(watch::Sender::new(None));
        let receiver = shown.subscribe();
        scopes.insert(scope.clone(), shown.clone());
        let entry = Entry {
            inner: self.0.clone(),
            scope: scope.clone(),
            shown,
        };
        tokio::spawn(entry.keep_up_to_date());
        receiver
    }

    fn register(
        &self,
        caller: &Caller,
        scope: Scope,
        end: CancellationToken,
    ) -> Option<Registered> {
        let person_id = caller.person().ok()?.person_id;
        let id = self.0.next_watcher.fetch_add(1, Ordering::Relaxed);
        lock(&self.0.watchers).insert(
            id,
            Watcher {
                person_id,
                scope,
                end,
            },
        );
        Some(Registered {
            inner: self.0.clone(),
            id,
        })
    }

    /// Ends the screens of people whose grants reach something else by now. One query for all screens.
    async fn check_rights(&self) -> Result<(), sqlx::Error> {
        let mut people: Vec<Uuid> = lock(&self.0.watchers)
            .values()
            .map(|w| w.person_id)
            .collect();
        people.sort_unstable();
        people.dedup();
        if people.is_empty() {
            return Ok(());
        }
        let mut conn = self.0.cockpit.db.read().await?;
        let mut paths: BTreeMap<Uuid, Vec<String>> = BTreeMap::new();
        for grant in store::grants_of(&mut conn, &people).await? {
            if kit::access::roles::role(&grant.role).is_some_and(|role| role.permits(PERMISSION)) {
                paths.entry(grant.person_id).or_default().push(grant.path);
            }
        }
        let scopes: BTreeMap<Uuid, Option<Scope>> = people
            .iter()
            .map(|id| (*id, Scope::of(paths.remove(id).unwrap_or_default())))
            .collect();
        for watcher in lock(&self.0.watchers).values() {
            // Somebody who came after the question was asked is looked at the next time.
            if scopes
                .get(&watcher.person_id)
                .is_some_and(|now| now.as_ref() != Some(&watcher.scope))
            {
                watcher.end.cancel();
            }
        }
        Ok(())
    }
}

/// Worker: ends screens whose owners have lost or gained rights, `every` so often.
pub async fn rights(screens: Screens, every: Duration, cancel: CancellationToken) {
    while cancel.run_until_cancelled(sleep(every)).await.is_some() {
        if let Err(error) = screens.check_rights().await {
            tracing::warn!(%error, "the rights of open screens cannot be checked");
        }
    }
}

/// One open screen.
struct Screen {
    shown: watch::Receiver<Shown>,
    over: Instant,
    end: CancellationToken,
    _registered: Option<Registered>,
}

impl Screen {
    async fn next(&mut self) -> Option<Result<Arc<Overview>, Unreadable>> {
        loop {
            select! {
                biased;
                () = self.end.cancelled() => return None,
                () = sleep_until(self.over) => return None,
                changed = self.shown.changed() => changed.ok()?,
            }
            if let Some(shown) = self.shown.borrow_and_update().clone() {
                return Some(shown);
            }
        }
    }
}

/// Takes the screen off the list when its stream is dropped.
struct Registered {
    inner: Arc<Inner>,
    id: u64,
}

impl Drop for Registered {
    fn drop(&mut self) {
        lock(&self.inner.watchers).remove(&self.id);
    }
}

/// A scope that is being watched. Takes itself off the list when its task ends, however that happens, and the streams of its screens end.
struct Entry {
    inner: Arc<Inner>,
    scope: Scope,
    shown: Arc<watch::Sender<Shown>>,
}

impl Entry {
    async fn keep_up_to_date(self) {
        let mut changes = self.inner.cockpit.changes.subscribe();
        loop {
            // Before the reading: what changes meanwhile is worth another one.
            changes.borrow_and_update();
            let begun = Instant::now();
            let mut again = self.until_midnight();
            match self.read().await {
                Ok(overview) => self.show(overview),
                Err(error) => {
                    tracing::warn!(%error, "an overview cannot be read");
                    if self.shown.borrow().is_none() {
                        self.shown.send_replace(Some(Err(Unreadable)));
                        return;
                    }
                    again = RETRY;
                }
            }
            sleep_until(begun + GAP).await;
            select! {
                () = self.shown.closed() => if self.leave() { return },
                _ = changes.changed() => {}
                () = sleep(again) => {}
            }
        }
    }

    async fn read(&self) -> Result<Overview, sqlx::Error> {
        let inner = &self.inner;
        // The semaphore is never closed; without a permit the reading is merely not held back.
        let _permit = inner.readers.acquire().await.ok();
        inner.readings.fetch_add(1, Ordering::Relaxed);
        let cockpit = &inner.cockpit;
        let mut conn = cockpit.db.read().await?;
        let numbers = store::read(&mut conn, &self.scope, cockpit.clock.now()).await?;
        Ok(wire::overview(&numbers, &self.scope, &cockpit.heads))
    }

    fn show(&self, overview: Overview) {
        self.shown.send_if_modified(|shown| {
            let same = matches!(shown, Some(Ok(before)) if same(before, &overview));
            if !same {
                *shown = Some(Ok(Arc::new(overview)));
            }
            !same
        });
    }

    /// What came "today" begins anew at midnight in China, without any event.
    fn until_midnight(&self) -> Duration {
        let now = self.inner.cockpit.clock.now();
        let tomorrow = kit::clock::business_date(now)
            .next_day()
            .map(|day| OffsetDateTime::new_in_offset(day, Time::MIDNIGHT, kit::clock::SHANGHAI));
        let wait = tomorrow.and_then(|moment| (moment - now).try_into().ok());
        // A moment behind midnight, so that a clock that is a little slow does not read the old day again.
        wait.unwrap_or(Duration::from_secs(3_600)) + GAP
    }

    /// Ends if nobody is watching. Whoever begins to watch holds the same lock.
    fn leave(&self) -> bool {
        let mut scopes = lock(&self.inner.scopes);
        let nobody = self.shown.receiver_count() == 0;
        if nobody {
            scopes.remove(&self.scope);
        }
        nobody
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut scopes = lock(&self.inner.scopes);
        // The scope may be watched anew by another task by now.
        if scopes
            .get(&self.scope)
            .is_some_and(|shown| Arc::ptr_eq(shown, &self.shown))
        {
            scopes.remove(&self.scope);
        }
    }
}

/// Whether two overviews say the same, whenever they were read.
fn same(one: &Overview, other: &Overview) -> bool {
    let timeless = |o: &Overview| Overview {
        computed_at: None,
        ..o.clone()
    };
    timeless(one) == timeless(other)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
