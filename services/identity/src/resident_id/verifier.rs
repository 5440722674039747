//! Asking the authority whether a name and a number belong together. Always outside of transactions: the answer may take seconds.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::ResidentId;
use crate::outbound::{Failure, Outbound};

/// What the authority says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// They belong together.
    Match,
    /// They do not, or the number is unknown. Which of the two is not passed on.
    Mismatch,
}

/// The authority cannot be asked, or its answer not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct VerifierError(pub String);

/// Confirms names and numbers.
#[async_trait]
pub trait Verifier: Send + Sync + 'static {
    /// Whether this person has this number. `inquiry` stays the same when the question is repeated.
    async fn verify(
        &self,
        inquiry: Uuid,
        name: &str,
        number: &ResidentId,
        now: OffsetDateTime,
    ) -> Result<Answer, VerifierError>;
}

/// One question may take this long.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// Pauses before the second and the third try.
const PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(800)];

/// Asks up to three times, each within a limit.
pub async fn ask(
    verifier: &dyn Verifier,
    inquiry: Uuid,
    name: &str,
    number: &ResidentId,
    now: OffsetDateTime,
) -> Result<Answer, VerifierError> {
    let mut pauses = PAUSES.into_iter();
    loop {
        let answer = timeout(ANSWER_TIMEOUT, verifier.verify(inquiry, name, number, now)).await;
        let error = match answer {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => error,
            Err(_) => VerifierError("no answer in time".to_owned()),
        };
        match pauses.next() {
            Some(pause) => sleep(pause).await,
            None => return Err(error),
        }
    }
}

/// Development only: believes every number that is valid, with every name that is one. The rules have checked both before.
#[derive(Clone, Copy, Debug)]
pub struct Development;

#[async_trait]
impl Verifier for Development {
    async fn verify(
        &self,
        _: Uuid,
        _: &str,
        _: &ResidentId,
        _: OffsetDateTime,
    ) -> Result<Answer, VerifierError> {
        Ok(Answer::Match)
    }
}

/// A verification service over HTTP: one signed POST a question, see [`outbound`](crate::outbound) for the signature.
///
/// ```text
/// POST <CAST_VERIFIER_URL>
/// {"kind": "resident_id", "name": "王小明", "number": "11010519491231002X"}
/// 200 {"result": "match"} or {"result": "mismatch"}
/// ```
#[derive(Debug)]
pub struct Http(pub Outbound);

#[derive(Serialize)]
struct Question<'a> {
    kind: &'static str,
    name: &'a str,
    number: &'a str,
}

#[derive(Deserialize)]
struct Reply {
    result: Verdict,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Match,
    Mismatch,
}

#[async_trait]
impl Verifier for Http {
    async fn verify(
        &self,
        inquiry: Uuid,
        name: &str,
        number: &ResidentId,
        now: OffsetDateTime,
    ) -> Result<Answer, VerifierError> {
        let question = Question {
            kind: "resident_id",
            name,
            number: number.expose(),
        };
        let body = self
            .0
            .post(&inquiry.to_string(), &question, now)
            .await
            .map_err(|failure: Failure| VerifierError(failure.to_string()))?;
        let reply: Reply = serde_json::from_slice(&body)
            .map_err(|_| VerifierError("the answer is not readable".to_owned()))?;
        Ok(match reply.result {
            Verdict::Match => Answer::Match,
            Verdict::Mismatch => Answer::Mismatch,
        })
    }
}
