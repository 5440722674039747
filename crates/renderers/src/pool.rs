//! The child processes, a few for the whole service: started when they are needed, kept while there is work, ended when
//! there is none. With the fonts in memory a paper takes milliseconds; starting a process takes a third of a second.

use std::{
    collections::HashMap,
    fmt, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::Semaphore,
    time::{Instant, timeout},
};
use uuid::Uuid;

use crate::{
    Refusal, Work,
    child::{Answer, Child},
};

/// Processes at the same time: more would take the cores from the calls of the service.
pub const CHILDREN: usize = 2;
/// Calls that may wait for one. More are refused at once: they would only wait longer.
const WAITING: usize = 64;
/// Documents for one person at a time: who asks for more takes the places of others.
const OF_A_PERSON: u32 = 4;
/// The time limit of a document, the start of a process and reading the fonts included. Then the process is killed.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long a call waits for its turn.
const TURN_TIMEOUT: Duration = Duration::from_secs(5);
/// A process that has had nothing to do for so long is ended.
const IDLE: Duration = Duration::from_secs(60);
/// Documents after which a process is replaced, so that none grows for ever.
const LAST_DOCUMENT: u32 = 2_000;

/// Why there is no document.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The renderer says so.
    #[error("the renderer refuses: {}", .0.code)]
    Refused(Refusal),
    /// Too many calls want one.
    #[error("too many documents are being made")]
    Busy,
    /// The program is missing, ended, or took too long: see [`Failure::gave_up`].
    #[error("the renderer does not answer")]
    Away(#[source] io::Error),
}

impl Failure {
    /// Whether a process that had begun ended without an answer or took too long, as with a document that unpacks to more than its memory.
    pub fn gave_up(&self) -> bool {
        use io::ErrorKind::{BrokenPipe, TimedOut, UnexpectedEof};
        matches!(self, Self::Away(error) if [BrokenPipe, TimedOut, UnexpectedEof].contains(&error.kind()))
    }
}

/// Makes documents. Cheap to clone; clones share the processes.
#[derive(Clone)]
pub struct Renderer(Arc<Inner>);

struct Inner {
    program: PathBuf,
    turns: Semaphore,
    places: Semaphore,
    idle: Mutex<Vec<(Child, Instant)>>,
    /// How many documents for a person are being made.
    under_way: Mutex<HashMap<Uuid, u32>>,
}

/// One of the documents for a person that are being made, until it is dropped.
struct UnderWay<'a>(&'a Inner, Uuid);

impl Inner {
    fn begin(&self, person_id: Uuid) -> Result<UnderWay<'_>, Failure> {
        let mut under_way = self
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let count = under_way.entry(person_id).or_default();
        if *count >= OF_A_PERSON {
            return Err(Failure::Busy);
        }
        *count += 1;
        Ok(UnderWay(self, person_id))
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let mut under_way = self
            .0
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = under_way.get_mut(&self.1) {
            *count -= 1;
            if *count == 0 {
                under_way.remove(&self.1);
            }
        }
    }
}

impl Renderer {
    /// With this program.
    pub fn new(program: &Path) -> Self {
        Self(Arc::new(Inner {
            program: program.to_owned(),
            turns: Semaphore::new(CHILDREN),
            places: Semaphore::new(CHILDREN + WAITING),
            idle: Mutex::default(),
            under_way: Mutex::default(),
        }))
    }

    /// With the program `renderer` that lies beside this one; in tests, one folder above. `CAST_RENDERER` names another one.
    pub fn beside() -> Self {
        if let Some(program) = std::env::var_os("CAST_RENDERER") {
            return Self::new(Path::new(&program));
        }
        let this = std::env::current_exe().unwrap_or_default();
        let folders = this.ancestors().skip(1).take(2);
        let found = folders
            .map(|folder| folder.join("renderer"))
            .find(|program| program.is_file());
        let program = found.unwrap_or_else(|| PathBuf::from("renderer"));
        Self::new(&program)
    }

    /// Makes a document for this person. To be called without a transaction.
    pub async fn ask(&self, person_id: Uuid, work: Work<'_>) -> Result<Vec<u8>, Failure> {
        let _under_way = self.0.begin(person_id)?;
        let _place = self.0.places.try_acquire().map_err(|_| Failure::Busy)?;
        let turn = timeout(TURN_TIMEOUT, self.0.turns.acquire()).await;
        let _turn = match turn {
            Ok(Ok(turn)) => turn,
            _ => return Err(Failure::Busy),
        };
        let (kept, mut child) = match self.take() {
            Some(child) => (true, child),
            None => (false, self.start()?),
        };
        let answer = match within(child.ask(work)).await {
            Ok(answer) => answer,
            // One that was kept may have ended meanwhile, e.g. killed for the sake of memory.
            Err(error) if kept && error.kind() != io::ErrorKind::TimedOut => {
                child = self.start()?;
                within(child.ask(work)).await.map_err(Failure::Away)?
            }
            Err(error) => return Err(Failure::Away(error)),
        };
        if child.made < LAST_DOCUMENT {
            self.idle().push((child, Instant::now()));
        }
        match answer {
            Answer::Document(pdf) => Ok(pdf),
            Answer::Refused(refusal) => Err(Failure::Refused(refusal)),
        }
    }

    /// Ends processes that have nothing to do.
    pub(crate) fn end_idle(&self) {
        self.idle().retain(|(_, since)| since.elapsed() < IDLE);
    }

    fn take(&self) -> Option<Child> {
        self.idle().pop().map(|(child, _)| child)
    }

    fn start(&self) -> Result<Child, Failure> {
        Child::start(&self.0.program).map_err(Failure::Away)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<(Child, Instant)>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn within(asked: impl Future<Output = io::Result<Answer>>) -> io::Result<Answer> {
    let late = |_| io::Error::new(io::ErrorKind::TimedOut, "a document took too long");
    timeout(TIMEOUT, asked).await.map_err(late)?
}

impl fmt::Debug for Renderer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Renderer({})", self.0.program.display())
    }
}
