//! How many may wait.

/// How many may wait, and how many are decided at once.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Requests decided in one transaction. More make the transaction longer for all of them and gain little.
    pub batch: usize,
    /// Transactions at once. While one is written to disk, the next is decided; more would only make them smaller.
    pub clerks: usize,
    /// Requests that wait at one desk.
    pub at_one_desk: usize,
    /// Requests that wait in this process.
    pub in_all: usize,
}

impl Default for Limits {
    fn default() -> Self {
        // A waiting request is about a kilobyte, a full desk less than a second of work.
        Self {
            batch: 256,
            clerks: 4,
            at_one_desk: 5_000,
            in_all: 20_000,
        }
    }
}
