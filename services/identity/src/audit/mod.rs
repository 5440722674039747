//! The audit trail of identity, for the audit administrator. The records are written by the chassis (`kit::audit`), each in the
//! transaction of what it records.

pub mod rpc;
pub mod store;

use kit::{
    access::Caller,
    audit,
    errors::{Problem, Result},
};
use proto::reasons;
use tonic::{Code, Response};

use crate::Identity;

impl Identity {
    /// Leaves a record of what was refused, in a transaction of its own: the one it was refused in is gone. What is the platform's own
    /// failure, or only wrongly filled in, is none of the trail's business. Returns the refusal.
    pub(crate) async fn refused(
        &self,
        caller: &Caller,
        action: &str,
        subject: &str,
        problem: Problem,
    ) -> Problem {
        let reason = problem.reason();
        let ours = !matches!(
            reason.grpc,
            Code::PermissionDenied
                | Code::FailedPrecondition
                | Code::NotFound
                | Code::AlreadyExists
                | Code::InvalidArgument
        );
        if ours || reason.code == reasons::INVALID_ARGUMENT.code {
            return problem;
        }
        match self
            .record_refusal(caller, action, subject, problem.reason().code)
            .await
        {
            Ok(()) => problem,
            Err(failure) => failure,
        }
    }

    /// Hands an answer out; a refusal leaves a record.
    pub(crate) async fn answered<R>(
        &self,
        caller: &Caller,
        action: &str,
        subject: &str,
        answer: Result<R>,
    ) -> Result<Response<R>> {
        match answer {
            Ok(answer) => Ok(Response::new(answer)),
            Err(problem) => Err(self.refused(caller, action, subject, problem).await),
        }
    }

    async fn record_refusal(
        &self,
        caller: &Caller,
        action: &str,
        subject: &str,
        outcome: &str,
    ) -> Result<()> {
        let mut tx = self.db.begin().await?;
        audit::record(&mut tx, caller, action, subject, outcome, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }
}
