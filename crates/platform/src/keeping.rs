//! Whether data is kept.

/// Durability of a server's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// Kept between runs: durable writes and a password.
    Kept,
    /// For tests: no fsync, no password.
    Throwaway,
}
