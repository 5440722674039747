//! Live streams of the overview. All streams of one scope share one task, which reads the numbers when they have changed: one read per
//! scope, for any number of streams.

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
use proto_cockpit::{reasons, v1::Overview};
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
pub const MIN_REFRESH_INTERVAL: Duration = Duration::from_millis(250);

/// Maximum number of concurrent reads, so that many scopes do not starve the other methods of the service.
const MAX_CONCURRENT_READS: usize = 2;

/// Maximum age of a person's stream. The browser opens another one, for which the session is checked again.
const MAX_STREAM_AGE: Duration = Duration::from_secs(30 * 60);

/// Maximum age of an OAuth client's stream: the lifetime of its token.
const MAX_CLIENT_STREAM_AGE: Duration = Duration::from_secs(5 * 60);

/// How long to wait after a failed read.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// What the streams of a scope send: nothing yet, the newest overview, or that the first read failed.
type Latest = Option<Result<Arc<Overview>, ReadFailed>>;

#[derive(Clone, Copy, Debug)]
struct ReadFailed;

/// All open streams of this replica. Cheap to clone.
#[derive(Clone)]
pub struct Streams(Arc<Inner>);

struct Inner {
    cockpit: Cockpit,
    readers: Semaphore,
    /// One entry per scope with open streams.
    scopes: Mutex<HashMap<Scope, Arc<watch::Sender<Latest>>>>,
    /// One entry per stream of a person, to end it when the person's rights change.
    people: Mutex<HashMap<u64, PersonStream>>,
    next_id: AtomicU64,
    reads: AtomicU64,
}

struct PersonStream {
    person_id: Uuid,
    scope: Scope,
    end: CancellationToken,
}

impl Streams {
    /// Without an open stream.
    pub fn new(cockpit: Cockpit) -> Self {
        Self(Arc::new(Inner {
            cockpit,
            readers: Semaphore::new(MAX_CONCURRENT_READS),
            scopes: Mutex::default(),
            people: Mutex::default(),
            next_id: AtomicU64::new(0),
            reads: AtomicU64::new(0),
        }))
    }

    /// How often an overview was read so far, for all scopes together.
    pub fn reads(&self) -> u64 {
        self.0.reads.load(Ordering::Relaxed)
    }

    /// The number of scopes with open streams.
    pub fn scopes(&self) -> usize {
        lock(&self.0.scopes).len()
    }

    /// Streams the overview of `scope`: the newest at once, then every newer one that is different. A slow stream skips outdated ones.
    /// Ends at its maximum age, and when the caller's rights change; when the service stops, the chassis ends it.
    pub fn watch(
        &self,
        caller: &Caller,
        scope: Scope,
    ) -> impl Stream<Item = Result<Arc<Overview>, Problem>> + Send + 'static {
        let mut latest = self.subscribe(&scope);
        // An overview that was read before is sent at once.
        latest.mark_changed();
        let end = CancellationToken::new();
        let max_age = match caller {
            Caller::Client(_) => MAX_CLIENT_STREAM_AGE,
            // At random, so that a thousand streams do not reconnect at the same moment.
            _ => MAX_STREAM_AGE.mul_f64(kit::chance::share(0.8..1.0)),
        };
        let stream = OverviewStream {
            latest,
            expires_at: Instant::now() + max_age,
            _registered: self.register(caller, scope, end.clone()),
            end,
        };
        stream::unfold(Some(stream), async |stream| {
            let mut stream = stream?;
            match stream.next().await? {
                Ok(overview) => Some((Ok(overview), Some(stream))),
                Err(ReadFailed) => {
                    let problem = Problem::of(&reasons::UNAVAILABLE).retry_after(RETRY_INTERVAL);
                    Some((Err(problem), None))
                }
            }
        })
    }

    fn subscribe(&self, scope: &Scope) -> watch::Receiver<Latest> {
        let mut scopes = lock(&self.0.scopes);
        if let Some(latest) = scopes.get(scope) {
            return latest.subscribe();
        }
        let latest = Arc::new(watch::Sender::new(None));
        let receiver = latest.subscribe();
        scopes.insert(scope.clone(), latest.clone());
        let task = ScopeTask {
            inner: self.0.clone(),
            scope: scope.clone(),
            latest,
        };
        tokio::spawn(task.run());
        receiver
    }

    fn register(
        &self,
        caller: &Caller,
        scope: Scope,
        end: CancellationToken,
    ) -> Option<RegisteredStream> {
        let person_id = caller.person().ok()?.person_id;
        let id = self.0.next_id.fetch_add(1, Ordering::Relaxed);
        lock(&self.0.people).insert(
            id,
            PersonStream {
                person_id,
                scope,
                end,
            },
        );
        Some(RegisteredStream {
            inner: self.0.clone(),
            id,
        })
    }

    /// Ends the streams of people whose grants reach other organisations than before. One query for all streams.
    async fn check_rights(&self) -> Result<(), sqlx::Error> {
        let mut people: Vec<Uuid> = lock(&self.0.people)
            .values()
            .map(|stream| stream.person_id)
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
        for stream in lock(&self.0.people).values() {
            // A person whose stream began after the query is checked the next time.
            if scopes
                .get(&stream.person_id)
                .is_some_and(|now| now.as_ref() != Some(&stream.scope))
            {
                stream.end.cancel();
            }
        }
        Ok(())
    }
}

/// Worker: checks at intervals of `every`, and ends the streams of people whose rights have changed.
pub async fn check_rights(streams: Streams, every: Duration, cancel: CancellationToken) {
    while cancel.run_until_cancelled(sleep(every)).await.is_some() {
        if let Err(error) = streams.check_rights().await {
            tracing::warn!(%error, "the rights of open streams cannot be checked");
        }
    }
}

/// One open stream.
struct OverviewStream {
    latest: watch::Receiver<Latest>,
    expires_at: Instant,
    end: CancellationToken,
    _registered: Option<RegisteredStream>,
}

impl OverviewStream {
    async fn next(&mut self) -> Option<Result<Arc<Overview>, ReadFailed>> {
        loop {
            select! {
                biased;
                () = self.end.cancelled() => return None,
                () = sleep_until(self.expires_at) => return None,
                changed = self.latest.changed() => changed.ok()?,
            }
            if let Some(latest) = self.latest.borrow_and_update().clone() {
                return Some(latest);
            }
        }
    }
}

/// Removes the entry of a person's stream when the stream is dropped.
struct RegisteredStream {
    inner: Arc<Inner>,
    id: u64,
}

impl Drop for RegisteredStream {
    fn drop(&mut self) {
        lock(&self.inner.people).remove(&self.id);
    }
}

/// The task that reads the overview of a scope. Its entry is removed and its streams end when the task ends, also by a panic.
struct ScopeTask {
    inner: Arc<Inner>,
    scope: Scope,
    latest: Arc<watch::Sender<Latest>>,
}

impl ScopeTask {
    async fn run(self) {
        let mut changes = self.inner.cockpit.changes.subscribe();
        loop {
            // Before the read, so that a change during it causes another one.
            changes.borrow_and_update();
            let begun = Instant::now();
            let mut next_read = self.until_midnight();
            match self.read().await {
                Ok(overview) => self.send_if_different(overview),
                Err(error) => {
                    tracing::warn!(%error, "an overview cannot be read");
                    if self.latest.borrow().is_none() {
                        self.latest.send_replace(Some(Err(ReadFailed)));
                        return;
                    }
                    next_read = RETRY_INTERVAL;
                }
            }
            sleep_until(begun + MIN_REFRESH_INTERVAL).await;
            select! {
                () = self.latest.closed() => if self.stop_if_unused() { return },
                _ = changes.changed() => {}
                () = sleep(next_read) => {}
            }
        }
    }

    async fn read(&self) -> Result<Overview, sqlx::Error> {
        let inner = &self.inner;
        // The semaphore is never closed, so there always is a permit.
        let _permit = inner.readers.acquire().await.ok();
        inner.reads.fetch_add(1, Ordering::Relaxed);
        let cockpit = &inner.cockpit;
        let mut conn = cockpit.db.read().await?;
        let numbers = store::read(&mut conn, &self.scope, cockpit.clock.now()).await?;
        Ok(wire::overview(&numbers, &self.scope, &cockpit.heads))
    }

    fn send_if_different(&self, overview: Overview) {
        self.latest.send_if_modified(|latest| {
            let same = matches!(latest, Some(Ok(before)) if same(before, &overview));
            if !same {
                *latest = Some(Ok(Arc::new(overview)));
            }
            !same
        });
    }

    /// The figures of "today" restart at midnight in China, without an event.
    fn until_midnight(&self) -> Duration {
        let now = self.inner.cockpit.clock.now();
        let tomorrow = kit::clock::business_date(now)
            .next_day()
            .map(|day| OffsetDateTime::new_in_offset(day, Time::MIDNIGHT, kit::clock::SHANGHAI));
        let wait = tomorrow.and_then(|moment| (moment - now).try_into().ok());
        // A little after midnight, so that a slow clock does not read the old day again.
        wait.unwrap_or(Duration::from_secs(3_600)) + MIN_REFRESH_INTERVAL
    }

    /// Whether the task ends because its scope has no stream. Under the lock that new streams take as well.
    fn stop_if_unused(&self) -> bool {
        let mut scopes = lock(&self.inner.scopes);
        let unused = self.latest.receiver_count() == 0;
        if unused {
            scopes.remove(&self.scope);
        }
        unused
    }
}

impl Drop for ScopeTask {
    fn drop(&mut self) {
        let mut scopes = lock(&self.inner.scopes);
        // Another task may serve the scope by now.
        if scopes
            .get(&self.scope)
            .is_some_and(|latest| Arc::ptr_eq(latest, &self.latest))
        {
            scopes.remove(&self.scope);
        }
    }
}

/// Whether two overviews are equal apart from the time of reading.
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
