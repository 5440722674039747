//! Output for people and programs.

use std::io::Write as _;

/// Prints a long text. The reader may close the pipe, as `head` does.
pub fn print(text: &str) -> anyhow::Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        result => Ok(result?),
    }
}
