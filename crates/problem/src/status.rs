//! A problem as a gRPC status with rich details (`ErrorInfo`, `BadRequest`, `RetryInfo`), and back.

use std::collections::HashMap;

use proto_platform::reasons::{self, Reason};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, LocalizedMessage, StatusExt as _};

use crate::{Problem, Words, problem::Inner};

/// Most clients limit header lists to 16 KiB, and the details travel in a header.
const MAX_VIOLATIONS: usize = 20;

impl From<Problem> for Status {
    fn from(problem: Problem) -> Self {
        let Inner {
            reason,
            metadata,
            violations,
            retry_after,
            cause,
            ..
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
            .map(|(k, v)| (k.into_owned(), v))
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

impl Problem {
    /// The problem of a status. Its reason is used if `catalogue` has it and if it does not present a server error as the
    /// caller's; otherwise the code is mapped onto the reasons of the platform. The message of a status is for the log of
    /// the service and never used.
    pub fn from_status(
        status: &Status,
        catalogue: impl Fn(&str) -> Option<&'static Reason>,
    ) -> Self {
        let details = status.get_error_details();
        let info = details.error_info();
        let named = info.and_then(|info| catalogue(&info.reason));
        // A server error must not be presented as the caller's, even if a bug writes such a reason into its details.
        let failure = matches!(
            status.code(),
            Code::Internal | Code::Unknown | Code::DataLoss
        );
        let named = named.filter(|reason| !failure || reason.grpc == status.code());
        let mut problem = Self::of(named.unwrap_or_else(|| by_grpc_code(status.code())));
        if let (Some(_), Some(info)) = (named, info) {
            for (key, value) in &info.metadata {
                problem = problem.with(key.clone(), value);
            }
        }
        let bad_request = details.bad_request();
        for violation in bad_request.map_or(&[][..], |bad| &bad.field_violations) {
            let words = match catalogue(&violation.reason) {
                // A violation's own reason has both languages.
                Some(reason) => Words::new(reason.en.title, reason.zh.title),
                None => words(violation),
            };
            problem = problem.field(violation.field.clone(), words);
        }
        match details.retry_info().and_then(|info| info.retry_delay) {
            Some(delay) => problem.retry_after(delay),
            None => problem,
        }
    }
}

/// The description, and the localised message if there is one.
fn words(violation: &FieldViolation) -> Words {
    let mut words = Words::new(violation.description.clone(), violation.description.clone());
    if let Some(localized) = &violation.localized_message {
        if localized.locale.starts_with("zh") {
            words.zh = localized.message.clone().into();
        } else if localized.locale.starts_with("en") {
            words.en = localized.message.clone().into();
        }
    }
    words
}

/// A status without a catalogued reason, e.g. from the transport.
fn by_grpc_code(code: Code) -> &'static Reason {
    match code {
        Code::InvalidArgument | Code::OutOfRange => &reasons::INVALID_ARGUMENT,
        Code::Unauthenticated => &reasons::UNAUTHENTICATED,
        Code::PermissionDenied => &reasons::PERMISSION_DENIED,
        Code::NotFound => &reasons::NOT_FOUND,
        Code::AlreadyExists | Code::Aborted | Code::FailedPrecondition => &reasons::CONFLICT,
        Code::ResourceExhausted => &reasons::TOO_MANY_REQUESTS,
        // A service that is being replaced may briefly lack a method; a restart may interrupt a call.
        Code::Unavailable | Code::Unimplemented | Code::Cancelled => &reasons::UNAVAILABLE,
        Code::DeadlineExceeded => &reasons::DEADLINE_EXCEEDED,
        Code::Ok | Code::Unknown | Code::Internal | Code::DataLoss => &reasons::INTERNAL,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::time::Duration;

    use proptest::prelude::*;

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

    fn catalogue(code: &str) -> Option<&'static Reason> {
        reasons::ALL
            .iter()
            .copied()
            .find(|reason| reason.code == code)
    }

    proptest! {
        #[test]
        fn a_problem_is_read_from_its_status_as_it_was(
            at in 0..reasons::ALL.len(),
            metadata in proptest::collection::btree_map("[a-z_]{1,12}", "\\PC{0,20}", 0..4),
            fields in proptest::collection::vec(("[a-z_.]{1,20}", "\\PC{1,30}", "\\PC{1,30}"), 0..4),
            wait in proptest::option::of(0u64..100_000),
        ) {
            let build = || {
                let mut problem = Problem::of(reasons::ALL[at]);
                for (key, value) in &metadata {
                    problem = problem.with(key.clone(), value);
                }
                for (field, en, zh) in &fields {
                    problem = problem.field(field.clone(), (en.clone(), zh.clone()));
                }
                match wait {
                    Some(milliseconds) => problem.retry_after(Duration::from_millis(milliseconds)),
                    None => problem,
                }
            };
            let read = Problem::from_status(&Status::from(build()), catalogue);
            let written = build();
            prop_assert_eq!(read.reason().code, written.reason().code);
            prop_assert_eq!(read.metadata(), written.metadata());
            prop_assert_eq!(read.violations(), written.violations());
            prop_assert_eq!(read.retry(), written.retry());
        }
    }
}
