//! Limits that the program sets on itself before it reads anything: a document that goes wrong ends this process and nothing else. Its
//! time is limited by who started it.

use rustix::process::{Resource, Rlimit, setrlimit};

/// Address space in bytes: the fonts are 125 MB.
const MEMORY: u64 = 768 * 1024 * 1024;

/// Sets them.
pub fn set() -> std::io::Result<()> {
    let limit = |most: u64| Rlimit {
        current: Some(most),
        maximum: Some(most),
    };
    setrlimit(Resource::As, limit(MEMORY))?;
    // It writes no files, and a core would hold names.
    setrlimit(Resource::Fsize, limit(0))?;
    setrlimit(Resource::Core, limit(0))?;
    Ok(())
}
