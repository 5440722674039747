//! What is printed for people and for other programs to read.

use std::io::Write as _;

/// Prints what may be long. The reader may stop in the middle, as `head` does.
pub fn print(text: &str) -> anyhow::Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        result => Ok(result?),
    }
}
