/// Where a job is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum State {
    /// Waits for a worker.
    Queued,
    /// A worker holds its lease.
    Running,
    /// Waits until an operator resumes it.
    Paused,
    /// Ended well; its payload is erased.
    Done,
    /// Given up; an operator can retry it.
    Dead,
    /// Ended by a person; its payload is erased.
    Cancelled,
}

impl State {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Done => "done",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
        }
    }
}
