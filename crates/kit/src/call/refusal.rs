//! Refusals by a method that leave an audit record.

use proto_platform::reasons;
use tonic::Code;

use super::Call;
use crate::{
    db::Db,
    errors::{Problem, Result},
};

impl<T> Call<T> {
    /// Keeps an audit record if this outcome is a refusal, with the code of its reason; `subject` as in [`Write::audit`](super::Write::audit).
    /// The transaction in which it was refused must be gone. Failures of the platform, limits of frequency and wrongly filled in fields
    /// leave none. Gives the outcome back, or the reason why the record could not be kept.
    pub async fn audit_refusal<R>(&self, db: &Db, subject: &str, outcome: Result<R>) -> Result<R> {
        if let Err(problem) = &outcome
            && is_recorded(problem)
        {
            let action = self.received.method.to_string();
            let code = problem.reason().code;
            db.trail()
                .keep(&self.caller, &action, subject, code, self.now)
                .await?;
        }
        outcome
    }
}

fn is_recorded(problem: &Problem) -> bool {
    let reason = problem.reason();
    reason.code != reasons::INVALID_ARGUMENT.code
        && matches!(
            reason.grpc,
            Code::PermissionDenied
                | Code::FailedPrecondition
                | Code::NotFound
                | Code::AlreadyExists
                | Code::InvalidArgument
        )
}
