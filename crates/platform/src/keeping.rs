//! What is kept.

/// How much a server's data is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// Kept between runs: the server writes safely and asks for a password.
    Kept,
    /// For a test: no fsync, no password.
    Throwaway,
}
