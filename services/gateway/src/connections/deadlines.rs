//! Deadlines of connections. Pure.

use tokio::time::Instant;

use super::Limits;

/// The observed state of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Requests in flight.
    pub under_way: usize,
    /// When it was accepted, or when its last request ended.
    pub idle_since: Instant,
    /// When an incomplete request head began to arrive. A new connection begins with one.
    pub head_since: Option<Instant>,
    /// Since when the client has accepted no data.
    pub stalled_since: Option<Instant>,
}

/// Why a connection is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overdue {
    /// The head of a request did not arrive in time.
    Head,
    /// Idle timeout.
    Idle,
    /// The client does not read the response.
    Stalled,
}

impl Overdue {
    /// The value of the metric's attribute.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Idle => "idle",
            Self::Stalled => "stalled",
        }
    }
}

/// When and why this connection is closed if nothing happens; `None` while it waits for the platform.
pub fn deadline(seen: Seen, limits: &Limits) -> Option<(Instant, Overdue)> {
    let stalled = seen
        .stalled_since
        .map(|since| (since + limits.stalled, Overdue::Stalled));
    let waiting = (seen.under_way == 0).then(|| {
        let idle = (seen.idle_since + limits.idle, Overdue::Idle);
        match seen.head_since {
            Some(since) if since + limits.head < idle.0 => (since + limits.head, Overdue::Head),
            _ => idle,
        }
    });
    [stalled, waiting]
        .into_iter()
        .flatten()
        .min_by_key(|(at, _)| *at)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    const LIMITS: Limits = Limits {
        head: Duration::from_secs(15),
        idle: Duration::from_secs(75),
        stalled: Duration::from_secs(60),
        connections: 1,
        per_address: None,
    };

    #[test]
    fn a_request_under_way_is_waited_for_and_a_head_is_not() {
        let now = Instant::now();
        let idle = Seen {
            under_way: 0,
            idle_since: now,
            head_since: None,
            stalled_since: None,
        };
        assert_eq!(
            deadline(idle, &LIMITS),
            Some((now + LIMITS.idle, Overdue::Idle))
        );
        let head = Seen {
            head_since: Some(now),
            ..idle
        };
        assert_eq!(
            deadline(head, &LIMITS),
            Some((now + LIMITS.head, Overdue::Head))
        );
        let busy = Seen {
            under_way: 1,
            ..head
        };
        assert_eq!(deadline(busy, &LIMITS), None);
        let stalled = Seen {
            stalled_since: Some(now),
            ..busy
        };
        assert_eq!(
            deadline(stalled, &LIMITS),
            Some((now + LIMITS.stalled, Overdue::Stalled))
        );
    }

    proptest! {
        /// Whatever a client sends, a connection without a request is closed within the idle timeout.
        #[test]
        fn no_head_prolongs_an_idle_connection(head in prop::option::of(0u64..1_000)) {
            let now = Instant::now();
            let seen = Seen {
                under_way: 0,
                idle_since: now,
                head_since: head.map(|after| now + Duration::from_secs(after)),
                stalled_since: None,
            };
            let ends = deadline(seen, &LIMITS).map(|(at, _)| at);
            prop_assert!(ends.is_some_and(|at| at <= now + LIMITS.idle));
        }
    }
}
