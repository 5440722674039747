//! The limits of admission.

/// How many requests may wait, and how many are decided at once.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Requests decided in one transaction. More make the transaction longer for all of them and gain little.
    pub batch: usize,
    /// Transactions at once. While one is written to disk, the next is decided; more would only make them smaller.
    pub workers: usize,
    /// Requests that wait for one activity.
    pub per_activity: usize,
    /// Requests that wait in this process.
    pub in_total: usize,
}

impl Default for Limits {
    fn default() -> Self {
        // A waiting request is about a kilobyte, with answers to a form 20 at most; a full queue is less than a second of work.
        Self {
            batch: 256,
            workers: 4,
            per_activity: 5_000,
            in_total: 20_000,
        }
    }
}
