//! Errors. Each module has its own error enum, which becomes a [`Problem`] built from a documented reason; the problem
//! becomes a `tonic::Status` with rich details (`ErrorInfo`, `BadRequest`, `RetryInfo`), which the gateway renders as
//! RFC 9457.
//!
//! The cause of an internal error is logged once, when the problem becomes a status, inside the span of the call. It
//! never reaches the caller.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    fmt,
    time::Duration,
};

use proto_platform::reasons::{self, Reason};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, LocalizedMessage, StatusExt as _};

/// The result of an rpc.
pub type Result<T, E = Problem> = std::result::Result<T, E>;

/// Most clients limit header lists to 16 KiB, and the details travel in a header.
const MAX_VIOLATIONS: usize = 20;

/// Description of a violation, for people. `From` takes a pair of English and Chinese; English alone suffices where
/// only programs read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// In English.
    pub en: Cow<'static, str>,
    /// In Chinese; may be empty.
    pub zh: Cow<'static, str>,
}

impl<E: Into<Cow<'static, str>>, Z: Into<Cow<'static, str>>> From<(E, Z)> for Words {
    fn from((en, zh): (E, Z)) -> Self {
        Self {
            en: en.into(),
            zh: zh.into(),
        }
    }
}

impl From<&'static str> for Words {
    fn from(en: &'static str) -> Self {
        (en, "").into()
    }
}

impl From<String> for Words {
    fn from(en: String) -> Self {
        (en, "").into()
    }
}

/// A refusal or a failure, with everything the caller may learn about it.
pub struct Problem(Box<Inner>);

struct Inner {
    reason: &'static Reason,
    metadata: BTreeMap<&'static str, String>,
    violations: Vec<(String, Words)>,
    retry_after: Option<Duration>,
    cause: Option<anyhow::Error>,
}

impl Problem {
    /// A problem with this reason, one of the statics of [`proto_platform::reasons`].
    pub fn of(reason: &'static Reason) -> Self {
        Self(Box::new(Inner {
            reason,
            metadata: BTreeMap::new(),
            violations: Vec::new(),
            retry_after: None,
            cause: None,
        }))
    }

    /// `INVALID_ARGUMENT` with one violation. `field` is the proto path in snake_case (`items[2].code`), `description`
    /// a sentence in English and Chinese that ends with what to do: `("Must be six digits.", "请填写六位数字。")`. Neither
    /// repeats the value.
    pub fn invalid(field: impl Into<String>, description: impl Into<Words>) -> Self {
        Self::of(&reasons::INVALID_ARGUMENT).field(field, description)
    }

    /// `INTERNAL`: an invariant is broken. The cause is only logged.
    pub fn internal(cause: impl Into<anyhow::Error>) -> Self {
        Self::of(&reasons::INTERNAL).because(cause)
    }

    /// Fills the placeholder `{key}` in the words of the reason; machine-readable in `ErrorInfo.metadata`.
    pub fn with(mut self, key: &'static str, value: impl ToString) -> Self {
        self.0.metadata.insert(key, value.to_string());
        self
    }

    /// Adds a violation; see [`invalid`](Self::invalid) for the form.
    pub fn field(mut self, field: impl Into<String>, description: impl Into<Words>) -> Self {
        self.0.violations.push((field.into(), description.into()));
        self
    }

    /// Sets the retry delay. Also fills `{retry_after_seconds}`, rounded up.
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        self.with("retry_after_seconds", seconds)
    }

    /// The underlying cause, for the log. Must not quote personal data.
    pub fn because(mut self, cause: impl Into<anyhow::Error>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// The reason, e.g. to write its code as the outcome of an audit record.
    pub fn reason(&self) -> &'static Reason {
        self.0.reason
    }

    /// The violations so far: field path and description.
    pub fn violations(&self) -> &[(String, Words)] {
        &self.0.violations
    }

    /// The placeholder values so far.
    pub fn metadata(&self) -> &BTreeMap<&'static str, String> {
        &self.0.metadata
    }

    /// The retry delay, if known.
    pub fn retry(&self) -> Option<Duration> {
        self.0.retry_after
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.reason.code, self.0.reason.en.title)?;
        for (field, description) in &self.0.violations {
            write!(f, "; {field}: {}", description.en)?;
        }
        if let Some(cause) = &self.0.cause {
            write!(f, " ({cause:#})")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Problem({self})")
    }
}

impl std::error::Error for Problem {}

impl From<Problem> for Status {
    fn from(problem: Problem) -> Self {
        let Inner {
            reason,
            metadata,
            violations,
            retry_after,
            cause,
        } = *problem.0;
        let ours = matches!(
            reason.grpc,
            Code::Internal | Code::Unavailable | Code::Unknown | Code::DataLoss
        );
        match cause {
            Some(cause) if ours => tracing::error!(
                reason = reason.code,
                cause = format!("{cause:#}"),
                "call failed"
            ),
            Some(cause) => tracing::debug!(
                reason = reason.code,
                cause = format!("{cause:#}"),
                "call refused"
            ),
            None if ours => tracing::error!(reason = reason.code, "call failed"),
            None => {}
        }
        let metadata: HashMap<String, String> = metadata
            .into_iter()
            .map(|(k, v)| (k.to_owned(), v))
            .collect();
        let mut details = ErrorDetails::with_error_info(reason.code, reason.domain, metadata);
        if !violations.is_empty() {
            let violations = violations
                .into_iter()
                .take(MAX_VIOLATIONS)
                .map(|(field, words)| FieldViolation {
                    field,
                    description: words.en.into_owned(),
                    reason: String::new(),
                    localized_message: (!words.zh.is_empty())
                        .then(|| LocalizedMessage::new("zh-CN", words.zh.as_ref())),
                });
            details.set_bad_request(violations.collect::<Vec<_>>());
        }
        if retry_after.is_some() {
            details.set_retry_info(retry_after);
        }
        Status::with_error_details(reason.grpc, reason.en.title, details)
    }
}

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
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_status_carries_the_reason_the_violations_and_when_to_try_again() {
        let status: Status = Problem::of(&reasons::TOO_MANY_REQUESTS)
            .field("address", "Wait a moment.")
            .retry_after(Duration::from_millis(1_500))
            .into();
        assert_eq!(status.code(), Code::ResourceExhausted);
        let details = status.get_error_details();
        let info = details.error_info().unwrap();
        assert_eq!(
            (info.reason.as_str(), info.domain.as_str()),
            ("TOO_MANY_REQUESTS", "platform.cast")
        );
        assert_eq!(info.metadata["retry_after_seconds"], "2");
        assert_eq!(
            details.bad_request().unwrap().field_violations[0].field,
            "address"
        );
        assert_eq!(
            details.retry_info().unwrap().retry_delay,
            Some(Duration::from_millis(1_500))
        );
    }

    #[test]
    fn the_cause_of_a_fault_never_reaches_the_caller() {
        let status: Status = Problem::internal(anyhow::anyhow!("secret of the database")).into();
        assert!(!format!("{status:?}").contains("secret of the database"));
        assert_eq!(status.code(), Code::Internal);
    }

    #[test]
    fn the_details_fit_into_a_header() {
        let problem = (0..5_000).fold(Problem::of(&reasons::INVALID_ARGUMENT), |p, at| {
            p.field(
                format!("items[{at}].division_code"),
                "Must be six digits; correct it or leave it empty.",
            )
        });
        let status: Status = problem.into();
        assert!(status.details().len() < 4_096, "{}", status.details().len());
    }

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
