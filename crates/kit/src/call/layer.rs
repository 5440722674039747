//! The layer right in front of the methods: decides what can be decided once the request has been read, and hands the method its call.
//!
//! * Does the permission reach the organisation that the request names (`on`)?
//! * Does a staff member act on their own affairs (`subject`)?
//!
//! A refusal leaves an audit record: who holds a permission somewhere and tries it elsewhere, or on themselves, is worth knowing of.

use std::sync::{Arc, atomic::AtomicBool};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};

use super::{attached::Attached, received::Received};
use crate::{
    access::{Caller, Method, On, Origin},
    clock::Clock,
    crypto::Keys,
    db::Db,
    errors::{Problem, Result},
    server::refusal::refuse,
    validation::Checked,
};

/// What the layer needs.
#[derive(Clone, Debug)]
pub(crate) struct Calls {
    pub(crate) db: Db,
    pub(crate) keys: Keys,
    pub(crate) clock: Clock,
}

pub(crate) async fn admit(
    State(calls): State<Arc<Calls>>,
    mut request: Request,
    next: Next,
) -> Response {
    let extensions = request.extensions_mut();
    // Set by the layers before for every method of the contract; health and reflection have none.
    let (Some(method), Some(caller), Some(checked)) = (
        extensions.get::<Arc<Method>>().cloned(),
        extensions.get::<Caller>().cloned(),
        extensions.remove::<Checked>(),
    ) else {
        return next.run(request).await;
    };
    let origin = extensions.get::<Origin>().cloned().unwrap_or_default();
    match calls.receive(method, &caller, origin, checked).await {
        Ok(received) => {
            let received = Arc::new(received);
            request.extensions_mut().insert(Arc::clone(&received));
            let mut response = next.run(request).await;
            let answered = response.headers().get("grpc-status").is_none();
            if answered && received.unasked() {
                return refuse(Problem::internal(anyhow::anyhow!(
                    "{} answered without asking whether its caller may",
                    received.method
                )));
            }
            if answered {
                received.attached.send(response.headers_mut());
            }
            response
        }
        Err(problem) => refuse(problem),
    }
}

impl Calls {
    async fn receive(
        &self,
        method: Arc<Method>,
        caller: &Caller,
        origin: Origin,
        checked: Checked,
    ) -> Result<Received> {
        let now = self.clock.now();
        let organisation_id = method.on.organisation(&checked.message)?;
        let subject = organisation_id.map(|id| format!("organisation:{id}"));
        let reach = match (organisation_id, method.permission()) {
            (Some(id), Some(permission)) => match On::check(&self.db, caller, permission, id).await
            {
                Ok(reach) => Some(reach),
                Err(problem) => return Err(self.refused(&method, caller, subject, problem).await),
            },
            _ => None,
        };
        if let Err(problem) = method.subject.check(caller, &checked.message) {
            return Err(self.refused(&method, caller, subject, problem).await);
        }
        Ok(Received {
            method,
            origin,
            now,
            message: checked.message,
            encoded: checked.encoded,
            keys: self.keys.clone(),
            allowed: AtomicBool::new(reach.is_some()),
            reach,
            attached: Attached::default(),
        })
    }

    /// Keeps a record of a refusal. If that fails the refusal stands.
    async fn refused(
        &self,
        method: &Method,
        caller: &Caller,
        subject: Option<String>,
        problem: Problem,
    ) -> Problem {
        let outcome = problem.reason().code;
        let subject = subject.unwrap_or_else(|| caller.actor());
        let kept = self
            .db
            .trail()
            .keep(
                caller,
                &method.to_string(),
                &subject,
                outcome,
                self.clock.now(),
            )
            .await;
        if let Err(fault) = kept {
            tracing::error!(%method, outcome, cause = %fault, "a refusal is not in the audit trail");
        }
        problem
    }
}
