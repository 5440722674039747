//! The processes of the program `renderer` that a service starts: what they read was written by strangers, and what they make takes time and
//! memory, so it happens in none of the service's own threads. The program is `crates/renderer`.
//!
//! * [`Renderer`]: a few processes for the whole service, with turns for those who ask.
//! * [`Work`]: what can be asked of them.

mod child;
mod pool;

use std::time::Duration;

use kit::Worker;
use serde::Deserialize;

pub use pool::{CHILDREN, Failure, Renderer};

/// How often processes without work are looked for.
const IDLE_PERIOD: Duration = Duration::from_secs(20);

/// What is asked of a process.
#[derive(Clone, Copy, Debug)]
pub enum Work<'a> {
    /// A paper, by its order as JSON. Answered with PDF/A.
    Paper(&'a [u8]),
    /// The clean copy of a PDF document.
    CleanCopy(&'a [u8]),
}

/// Why a process does not do what is asked.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Refusal {
    /// Of a paper: `MISSING_GLYPHS`, `TOO_LONG`; of a document: `UNREADABLE`, `LOCKED`; of both: `FAILED`.
    pub code: String,
    /// Code points of the characters, or what operators need.
    pub detail: String,
}

/// Ends processes that have nothing to do.
pub fn worker(name: &'static str, renderer: &Renderer) -> Worker {
    let renderer = renderer.clone();
    Worker::every(name, IDLE_PERIOD, move || {
        let renderer = renderer.clone();
        async move {
            renderer.end_idle();
            Ok(())
        }
    })
}
