database::stored_enum! {
    /// Where a job is in its life.
    pub enum State {
        /// Waits for a worker.
        Queued = "queued",
        /// A worker holds its lease.
        Running = "running",
        /// Waits until an operator resumes it.
        Paused = "paused",
        /// Ended well; its payload is erased.
        Done = "done",
        /// Given up; an operator can retry it.
        Dead = "dead",
        /// Ended by a person; its payload is erased.
        Cancelled = "cancelled",
    }
}
