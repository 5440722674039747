//! Errors of the database as problems.

use std::time::Duration;

use proto_platform::reasons;
use tonic::Code;

use crate::Problem;

impl From<sqlx::Error> for Problem {
    /// `UNAVAILABLE` when the database is unreachable or overloaded, `CONFLICT` when another transaction won over this
    /// one, `INTERNAL` otherwise. Constraint violations that users can cause must be turned into reasons by the module.
    fn from(error: sqlx::Error) -> Self {
        let reason = match &error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed
            // The server closed the connection during the handshake or a response.
            | sqlx::Error::Protocol(_) => &reasons::UNAVAILABLE,
            sqlx::Error::Database(refused) => match refused.code().as_deref() {
                // Serialization failure, deadlock.
                Some("40001" | "40P01") => &reasons::CONFLICT,
                Some(code) if is_passing(code) => &reasons::UNAVAILABLE,
                _ => &reasons::INTERNAL,
            },
            _ => &reasons::INTERNAL,
        };
        let problem = Self::of(reason).because(anyhow::Error::msg(describe(&error)));
        match reason.grpc {
            Code::Internal => problem,
            _ => problem.retry_after(Duration::from_secs(1)),
        }
    }
}

/// Whether a database error is transient: unrelated to the request, which would succeed at another time.
fn is_passing(code: &str) -> bool {
    matches!(
        code,
        // Lock or statement timeout; idle transaction timeout.
        "55P03" | "57014" | "25P03"
        // Read-only: the server is, or just was, a standby.
        | "25006"
        // I/O error.
        | "58030"
    ) ||
        // Class 57: shutting down, starting up, session ended. Class 53: out of disk, memory or connections. Class 08:
        // connection.
        ["57P", "53", "08"].iter().any(|class| code.starts_with(class))
}

/// A database error without quoted data: messages of class 22 (data exception) contain the offending value.
fn describe(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(refused) => {
            let code = refused.code().unwrap_or_default();
            let message = if code.starts_with("22") {
                "data exception"
            } else {
                refused.message()
            };
            let place = refused.constraint().or(refused.table()).unwrap_or_default();
            format!("SQLSTATE {code}: {message} [{place}]")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_is_gone_is_worth_another_try() {
        let problem = Problem::from(sqlx::Error::PoolTimedOut);
        assert_eq!(problem.reason().code, "UNAVAILABLE");
        assert!(problem.retry().is_some());
        let cut_off = sqlx::Error::Protocol("unexpected response from SSLRequest".to_owned());
        assert_eq!(Problem::from(cut_off).reason().code, "UNAVAILABLE");
        assert_eq!(
            Problem::from(sqlx::Error::RowNotFound).reason().code,
            "INTERNAL"
        );
    }

    #[test]
    fn a_database_that_cannot_work_now_is_told_from_a_request_it_refuses() {
        for code in [
            "25006", "25P03", "53100", "53200", "53300", "57P01", "57P03", "57P05", "58030",
            "08006", "55P03",
        ] {
            assert!(is_passing(code), "{code}");
        }
        for code in ["23505", "22001", "42P01", "40001", "P0001", "XX000"] {
            assert!(!is_passing(code), "{code}");
        }
    }
}
