//! Hashing and verifying passwords: argon2id, 19 MiB, two passes, one lane (the first choice of OWASP's Password Storage Cheat
//! Sheet). A hash costs some 20 ms of a core, so it happens on threads of their own, as many as cores, each with its memory
//! allocated once. The [`queue`] before them is bounded and fair: beyond it callers are told to come back, and the rest of the service goes
//! on.
//!
//! | metric | unit | attributes | |
//! |---|---|---|---|
//! | `cast.identity.hash.queue.limit` | hashes | | that may wait |
//! | `cast.identity.hash.queue.depth` | hashes | | that wait |
//! | `cast.identity.hash.queue.wait` | s | | waited for a thread |
//! | `cast.identity.hash.duration` | s | | one hash |
//! | `cast.identity.hash.refused` | count | | sent away because the queue was full |

pub mod queue;

use std::{
    sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::{constant_time::verify_slices_are_equal, rand};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use opentelemetry::{
    global,
    metrics::{Counter, Histogram, Meter, UpDownCounter},
};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::oneshot;

use self::queue::FairQueue;
pub use self::queue::Lane;

const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;
/// Waiting jobs of strangers for each thread: some 640 ms of work.
const QUEUE_PER_THREAD: usize = 32;
/// Of so many places, one more is for those who have signed in before.
const STRANGERS_FOR_ONE_KNOWN: usize = 4;

fn meter() -> Meter {
    global::meter("cast.identity")
}

static DEPTH: LazyLock<UpDownCounter<i64>> = LazyLock::new(|| {
    meter()
        .i64_up_down_counter("cast.identity.hash.queue.depth")
        .with_description("Passwords that wait to be hashed")
        .build()
});

fn seconds(name: &'static str, description: &'static str) -> Histogram<f64> {
    meter()
        .f64_histogram(name)
        .with_unit("s")
        .with_description(description)
        .with_boundaries(vec![
            0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
        ])
        .build()
}

static WAIT: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    seconds(
        "cast.identity.hash.queue.wait",
        "Time that a password waited for a thread",
    )
});

static DURATION: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    seconds(
        "cast.identity.hash.duration",
        "Time that hashing a password took",
    )
});

static REFUSED: LazyLock<Counter<u64>> = LazyLock::new(|| {
    meter()
        .u64_counter("cast.identity.hash.refused")
        .with_description("Passwords sent away because the queue was full")
        .build()
});

/// The queue is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are being checked")]
pub struct Busy {
    /// When it is worth trying again.
    pub retry_after: Duration,
}

/// Something to do, and since when it waits.
#[derive(Debug)]
struct Queued {
    job: Job,
    since: Instant,
}

#[derive(Debug)]
enum Job {
    Hash {
        password: SecretString,
        salt: [u8; SALT_BYTES],
        answer: oneshot::Sender<String>,
    },
    Verify {
        password: SecretString,
        stored: Option<String>,
        answer: oneshot::Sender<bool>,
    },
}

/// Threads that hash. Cheap to clone; they end with the last clone.
#[derive(Clone, Debug)]
pub struct Hasher(Arc<Handle>);

#[derive(Debug)]
struct Handle(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    waiting: Mutex<Waiting>,
    come: Condvar,
}

#[derive(Debug)]
struct Waiting {
    queue: FairQueue<Queued>,
    closed: bool,
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.waiting().closed = true;
        self.0.come.notify_all();
    }
}

impl Hasher {
    /// As many threads as the process may use cores.
    pub fn start() -> std::io::Result<Self> {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        Self::with(threads, threads * QUEUE_PER_THREAD)
    }

    /// So many threads and so many waiting jobs of strangers.
    pub fn with(threads: usize, strangers: usize) -> std::io::Result<Self> {
        let known = strangers.div_ceil(STRANGERS_FOR_ONE_KNOWN);
        let shared = Arc::new(Shared {
            waiting: Mutex::new(Waiting {
                queue: FairQueue::new(known, strangers),
                closed: false,
            }),
            come: Condvar::new(),
        });
        DEPTH.add(0, &[]);
        REFUSED.add(0, &[]);
        meter()
            .u64_observable_gauge("cast.identity.hash.queue.limit")
            .with_description("Passwords that may wait to be hashed")
            .with_callback(move |observer| observer.observe((known + strangers) as u64, &[]))
            .build();
        for number in 0..threads {
            let shared = shared.clone();
            thread::Builder::new()
                .name(format!("argon2-{number}"))
                .spawn(move || work(&shared))?;
        }
        Ok(Self(Arc::new(Handle(shared))))
    }

    /// The hash of a new password, as a PHC string.
    pub async fn hash(&self, lane: &Lane, password: SecretString) -> Result<String, Busy> {
        let (answer, hashed) = oneshot::channel();
        let mut salt = [0; SALT_BYTES];
        // Without random bytes no password is hashed.
        rand::fill(&mut salt).map_err(|_| busy())?;
        let job = Job::Hash {
            password,
            salt,
            answer,
        };
        self.submit(lane, job);
        hashed.await.map_err(|_| busy())
    }

    /// Whether the password is that of the stored hash. Without one it takes as long and is `false`.
    pub async fn verify(
        &self,
        lane: &Lane,
        password: SecretString,
        stored: Option<String>,
    ) -> Result<bool, Busy> {
        let (answer, verified) = oneshot::channel();
        let job = Job::Verify {
            password,
            stored,
            answer,
        };
        self.submit(lane, job);
        verified.await.map_err(|_| busy())
    }

    /// A caller whose job is displaced, this one or another, learns it when the job is dropped.
    fn submit(&self, lane: &Lane, job: Job) {
        let since = Instant::now();
        // Before it can be taken out, or the depth would fall below zero for a moment.
        DEPTH.add(1, &[]);
        let displaced = {
            let mut waiting = self.0.0.waiting();
            waiting.queue.push(lane, Queued { job, since })
        };
        self.0.0.come.notify_one();
        if displaced.is_some() {
            DEPTH.add(-1, &[]);
            REFUSED.add(1, &[]);
        }
    }
}

fn busy() -> Busy {
    Busy {
        retry_after: Duration::from_secs(1),
    }
}

fn work(shared: &Shared) {
    let mut memory = vec![Block::new(); params().block_count()];
    loop {
        let Some(Queued { job, since }) = next(shared) else {
            return;
        };
        DEPTH.add(-1, &[]);
        WAIT.record(since.elapsed().as_secs_f64(), &[]);
        // Who has gone away does not wait for the answer: the next one does.
        match job {
            Job::Hash {
                password,
                salt,
                answer,
            } if !answer.is_closed() => {
                let hash = derive(password.expose_secret(), &salt, &mut memory);
                let _ = answer.send(phc(&salt, &hash));
            }
            Job::Verify {
                password,
                stored,
                answer,
            } if !answer.is_closed() => {
                let _ = answer.send(matches(
                    password.expose_secret(),
                    stored.as_deref(),
                    &mut memory,
                ));
            }
            Job::Hash { .. } | Job::Verify { .. } => {}
        }
    }
}

/// Waits for a job; `None` if there will be none any more.
fn next(shared: &Shared) -> Option<Queued> {
    let mut waiting = shared.waiting();
    loop {
        if let Some(queued) = waiting.queue.pop() {
            return Some(queued);
        }
        if waiting.closed {
            return None;
        }
        waiting = shared
            .come
            .wait(waiting)
            .unwrap_or_else(PoisonError::into_inner);
    }
}

fn matches(password: &str, stored: Option<&str>, memory: &mut [Block]) -> bool {
    // The dummy costs what a real one costs.
    let (salt, expected) = stored
        .and_then(parse)
        .unwrap_or(([0; SALT_BYTES], [0; HASH_BYTES]));
    let equal = verify_slices_are_equal(&derive(password, &salt, memory), &expected).is_ok();
    equal && stored.is_some()
}

fn derive(password: &str, salt: &[u8; SALT_BYTES], memory: &mut [Block]) -> [u8; HASH_BYTES] {
    let begun = Instant::now();
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params());
    let mut hash = [0; HASH_BYTES];
    // It refuses wrong lengths alone: salt, output and memory are right by their types, and passwords end far below 4 GiB.
    #[allow(clippy::expect_used)]
    argon2
        .hash_password_into_with_memory(password.as_bytes(), salt, &mut hash, memory)
        .expect("all lengths are right");
    DURATION.record(begun.elapsed().as_secs_f64(), &[]);
    hash
}

fn params() -> Params {
    // Constants within the limits of RFC 9106 section 3.1.
    #[allow(clippy::expect_used)]
    Params::new(MEMORY_KIB, PASSES, LANES, Some(HASH_BYTES)).expect("constants within the limits")
}

fn prefix() -> String {
    format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}$")
}

fn phc(salt: &[u8], hash: &[u8]) -> String {
    format!(
        "{}{}${}",
        prefix(),
        STANDARD_NO_PAD.encode(salt),
        STANDARD_NO_PAD.encode(hash)
    )
}

/// Salt and hash of a PHC string with the parameters in force. When they are raised, the older ones must be read here too, and hashed
/// anew at the next sign-in.
fn parse(phc: &str) -> Option<([u8; SALT_BYTES], [u8; HASH_BYTES])> {
    let (salt, hash) = phc.strip_prefix(&prefix())?.split_once('$')?;
    let decode = |text| STANDARD_NO_PAD.decode(text).ok();
    Some((
        decode(salt)?.try_into().ok()?,
        decode(hash)?.try_into().ok()?,
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn me() -> Lane {
        Lane::stranger(b"192.0.2.1")
    }

    fn secret(text: &str) -> SecretString {
        SecretString::from(text)
    }

    #[tokio::test]
    async fn a_password_matches_its_own_hash_alone() {
        let hasher = Hasher::start().unwrap();
        let hash = hasher.hash(&me(), secret("correct battery")).await.unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert!(
            hasher
                .verify(&me(), secret("correct battery"), Some(hash.clone()))
                .await
                .unwrap()
        );
        assert!(
            !hasher
                .verify(&me(), secret("correct batterz"), Some(hash.clone()))
                .await
                .unwrap()
        );
        assert_ne!(
            hasher.hash(&me(), secret("correct battery")).await.unwrap(),
            hash,
            "salts differ"
        );
        assert!(
            !hasher
                .verify(&me(), secret("correct battery"), None)
                .await
                .unwrap()
        );
        assert!(
            !hasher
                .verify(&me(), secret("correct battery"), Some("nonsense".into()))
                .await
                .unwrap()
        );
    }

    #[tokio::test]
    async fn an_unknown_account_costs_as_much_as_a_known_one() {
        let hasher = Hasher::with(1, 4).unwrap();
        let hash = hasher.hash(&me(), secret("correct battery")).await.unwrap();
        let mut spent = [Duration::ZERO; 2];
        for _ in 0..5 {
            for (at, stored) in [Some(hash.clone()), None].into_iter().enumerate() {
                let begin = std::time::Instant::now();
                hasher
                    .verify(&me(), secret("wrong password"), stored)
                    .await
                    .unwrap();
                spent[at] += begin.elapsed();
            }
        }
        let ratio = spent[0].as_secs_f64() / spent[1].as_secs_f64();
        assert!((0.33..3.0).contains(&ratio), "{spent:?}");
    }

    #[tokio::test]
    async fn a_full_queue_sends_callers_away_at_once() {
        let hasher = Hasher::with(1, 2).unwrap();
        let jobs: Vec<_> = (0..20)
            .map(|_| {
                let hasher = hasher.clone();
                tokio::spawn(
                    async move { hasher.verify(&me(), secret("some password"), None).await },
                )
            })
            .collect();
        let mut busy = 0;
        for job in jobs {
            if let Err(sent_away) = job.await.unwrap() {
                assert!(sent_away.retry_after > Duration::ZERO);
                busy += 1;
            }
        }
        assert!(busy >= 10, "{busy}");
        assert!(
            hasher.hash(&me(), secret("some password")).await.is_ok(),
            "and afterwards there is room again"
        );
    }

    /// What was measured: 240 sign-ins of one origin, and no other origin was served.
    #[tokio::test]
    async fn a_crowd_of_one_origin_sends_nobody_else_away() {
        let hasher = Hasher::with(1, 8).unwrap();
        let crowd: Vec<_> = (0..240)
            .map(|_| {
                let hasher = hasher.clone();
                tokio::spawn(
                    async move { hasher.verify(&me(), secret("some password"), None).await },
                )
            })
            .collect();
        // All of them are in the queue or have been sent away before anybody else comes.
        tokio::task::yield_now().await;
        for lane in [Lane::stranger(b"192.0.2.2"), Lane::known(b"a device")] {
            let served = hasher.verify(&lane, secret("some password"), None).await;
            assert_eq!(served, Ok(false), "{lane:?}");
        }
        let mut busy = 0;
        for one in crowd {
            busy += usize::from(one.await.unwrap().is_err());
        }
        assert!(busy > 200, "{busy}");
    }
}
