//! The access layer: the only place where a request gets its [`Caller`] and is accepted or refused. It wraps every
//! served service, so no method can bypass it.

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, header::AUTHORIZATION};
use proto_platform::reasons;
use tonic::{Status, transport::server::TcpConnectInfo};

use super::{
    caller::{Caller, denied, has_scope, permitted},
    internal::{self, Internal},
    origin::Origin,
    policy::{Method, Policy, Rule},
    store, subject,
    tokens::{TokenError, Verifier},
};
use crate::{
    db::Db,
    errors::Problem,
    server::refusal::refuse,
    telemetry::{self, metrics},
};

/// Served without authentication: the probes of the orchestrator.
const HEALTH: &str = "/grpc.health.v1.Health/";
/// Server reflection: public in development, restricted to the platform's services in production.
const REFLECTION: &str = "/grpc.reflection.";

/// Retry delay after the token of a service was refused.
const SERVICE_RETRY: Duration = Duration::from_secs(2);

/// Dependencies of the layer.
#[derive(Clone, Debug)]
pub struct Access {
    /// The access rules of the contract.
    pub policy: Policy,
    /// Verifies people and clients.
    pub verifier: Verifier,
    /// Verifies services.
    pub internal: Internal,
    /// Source of grants and organisations.
    pub db: Db,
    /// Whether reflection is public.
    pub open_reflection: bool,
}

/// The coarse decision, without I/O: may this caller, with these grants or scopes, call a method with this rule at all?
pub fn permits(rule: Rule, caller: &Caller) -> Result<(), Problem> {
    match (rule, caller) {
        (Rule::Public, _) => Ok(()),
        (Rule::Internal, Caller::Service(_)) => Ok(()),
        (Rule::Internal, _) => Err(denied("internal")),
        (_, Caller::Service(_)) => Err(Problem::of(&reasons::UNAUTHENTICATED)),
        (_, Caller::Anonymous(_)) => Err(Problem::of(&reasons::UNAUTHENTICATED)),
        (Rule::Authenticated, Caller::Person(_)) => Ok(()),
        (Rule::Authenticated, Caller::Client(_)) => Err(Problem::of(&reasons::PERSON_REQUIRED)),
        (Rule::Permission(wanted), Caller::Person(person)) => {
            let held = person
                .grants
                .iter()
                .any(|held| permitted(&held.role, wanted));
            held.then_some(()).ok_or_else(|| denied(wanted))
        }
        (Rule::Permission(wanted), Caller::Client(client)) => {
            let held = has_scope(client, wanted) && client.organisation_path.is_some();
            held.then_some(()).ok_or_else(|| denied(wanted))
        }
    }
}

/// The middleware.
pub(crate) async fn check(
    State(access): State<Arc<Access>>,
    mut request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    if path.starts_with(HEALTH) {
        return next.run(request).await;
    }
    if path.starts_with(REFLECTION) {
        let allowed =
            access.open_reflection || access.service(request.headers()).is_ok_and(|s| s.is_some());
        return if allowed {
            next.run(request).await
        } else {
            refuse(denied("internal"))
        };
    }
    let Some(method) = access.policy.method(path).cloned() else {
        return Status::unimplemented("no such method").into_http();
    };
    // The body is not `Sync`, so the request itself cannot be borrowed across an await.
    let (headers, peer) = (request.headers().clone(), peer(&request));
    match access.identify(&method, &headers, peer).await {
        Ok((caller, origin)) => {
            let extensions = request.extensions_mut();
            extensions.insert(caller.clone());
            extensions.insert(origin);
            extensions.insert(method.clone());
            let response = next.run(request).await;
            let answered = response.headers().get("grpc-status").is_none();
            if answered && subject::unasked(&method.subject, &caller) {
                return forgotten(&method, response);
            }
            response
        }
        Err(problem) => refuse(problem),
    }
}

/// Handles a method that responded without making the access check its contract requires: a programming error. Its
/// writes are committed, so in production the response is sent and the error logged; in development and tests the call
/// fails.
fn forgotten(method: &Method, response: Response) -> Response {
    let fault = format!(
        "{}/{} answered without asking whether the caller acts on themselves",
        method.service, method.name
    );
    if cfg!(debug_assertions) {
        return refuse(Problem::internal(anyhow::Error::msg(fault)));
    }
    tracing::error!("{fault}");
    response
}

impl Access {
    async fn identify(
        &self,
        method: &Method,
        headers: &HeaderMap,
        peer: Option<IpAddr>,
    ) -> Result<(Caller, Origin), Problem> {
        let trace_id = telemetry::current_trace_id();
        let service = self.service(headers)?;
        let origin = match service {
            Some(_) => Origin::trusted(headers, trace_id),
            None => Origin {
                address: peer,
                trace_id,
                ..Origin::default()
            },
        };
        let caller = match (method.rule, service) {
            // The gateway's own token must not turn an anonymous visitor into a service, so it counts only here.
            (Rule::Internal, Some(name)) => Caller::Service(name),
            (Rule::Internal, None) => Caller::Anonymous(origin.clone()),
            _ => self.bearer(headers, &origin).await?,
        };
        let caller = match method.rule {
            Rule::Permission(_) => self.with_grants(caller).await?,
            _ => caller,
        };
        permits(method.rule, &caller)?;
        Ok((caller, origin))
    }

    /// The service that authenticated this call, if any. An invalid token is refused, not ignored, with a reason of its
    /// own: the fault is the platform's (clock skew, a secret rotation), and the visitor is still signed in.
    fn service(&self, headers: &HeaderMap) -> Result<Option<String>, Problem> {
        let verified = match single(headers, internal::HEADER) {
            Ok(Some(token)) => self.internal.verify(token).map(Some),
            Ok(None) => Ok(None),
            Err(error) => Err(error),
        };
        verified.map_err(|error| {
            metrics::service_refused();
            Problem::of(&reasons::SERVICE_CREDENTIAL_REFUSED)
                .retry_after(SERVICE_RETRY)
                .because(error)
        })
    }

    async fn bearer(&self, headers: &HeaderMap, origin: &Origin) -> Result<Caller, Problem> {
        let Some(value) = single(headers, AUTHORIZATION.as_str())? else {
            return Ok(Caller::Anonymous(origin.clone()));
        };
        let token = value
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or(TokenError::Invalid("not a bearer token"))?;
        let claims = self.verifier.verify(token).await?;
        Ok(Caller::from_claims(&claims, origin.clone())?)
    }

    async fn with_grants(&self, mut caller: Caller) -> Result<Caller, Problem> {
        match &mut caller {
            Caller::Person(person) => {
                person.grants =
                    store::grants_of(&mut *self.db.read().await?, person.person_id).await?;
            }
            Caller::Client(client) => {
                client.organisation_path =
                    store::path_of(&mut *self.db.read().await?, client.organisation_id).await?;
            }
            Caller::Anonymous(_) | Caller::Service(_) => {}
        }
        Ok(caller)
    }
}

/// A header that may occur once.
fn single<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, TokenError> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value
            .to_str()
            .map(Some)
            .map_err(|_| TokenError::Invalid("not text")),
        (Some(_), Some(_)) => Err(TokenError::Invalid("given twice")),
    }
}

fn peer(request: &Request) -> Option<IpAddr> {
    request
        .extensions()
        .get::<TcpConnectInfo>()
        .and_then(TcpConnectInfo::remote_addr)
        .map(|a| a.ip())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use uuid::Uuid;

    use super::*;
    use crate::access::{ClientCaller, Held, PersonCaller, roles::ROLES};

    fn person(roles: &[&str]) -> Caller {
        let held = |role: &&str| Held {
            role: (*role).to_owned(),
            organisation_id: Uuid::nil(),
            path: "/x/".to_owned(),
        };
        Caller::Person(PersonCaller {
            person_id: Uuid::nil(),
            account_id: Uuid::nil(),
            session_id: None,
            person_number: String::new(),
            name: None,
            verified: true,
            grants: roles.iter().map(held).collect(),
            origin: Origin::default(),
            subject_check: Default::default(),
        })
    }

    fn client(scopes: &[&str], known: bool) -> Caller {
        Caller::Client(ClientCaller {
            client_id: Uuid::nil(),
            organisation_id: Uuid::nil(),
            scopes: scopes.iter().map(|s| (*s).to_owned()).collect(),
            organisation_path: known.then(|| "/x/".to_owned()),
            origin: Origin::default(),
        })
    }

    fn code(rule: Rule, caller: &Caller) -> &'static str {
        permits(rule, caller).map_or_else(|problem| problem.reason().code, |()| "ok")
    }

    #[test]
    fn each_kind_of_caller_gets_what_each_rule_says() {
        let anonymous = Caller::Anonymous(Origin::default());
        let service = Caller::Service("gateway".to_owned());
        let wanted = Rule::Permission("members.read");
        let rows = [
            (
                anonymous,
                [
                    "ok",
                    "UNAUTHENTICATED",
                    "UNAUTHENTICATED",
                    "PERMISSION_DENIED",
                ],
            ),
            (
                person(&[]),
                ["ok", "ok", "PERMISSION_DENIED", "PERMISSION_DENIED"],
            ),
            (
                person(&["society.reviewer"]),
                ["ok", "ok", "ok", "PERMISSION_DENIED"],
            ),
            (
                client(&[], true),
                [
                    "ok",
                    "PERSON_REQUIRED",
                    "PERMISSION_DENIED",
                    "PERMISSION_DENIED",
                ],
            ),
            (
                client(&["members.read"], true),
                ["ok", "PERSON_REQUIRED", "ok", "PERMISSION_DENIED"],
            ),
            (
                client(&["members.read"], false),
                [
                    "ok",
                    "PERSON_REQUIRED",
                    "PERMISSION_DENIED",
                    "PERMISSION_DENIED",
                ],
            ),
            (service, ["ok", "UNAUTHENTICATED", "UNAUTHENTICATED", "ok"]),
        ];
        for (caller, expected) in rows {
            let got = [Rule::Public, Rule::Authenticated, wanted, Rule::Internal]
                .map(|rule| code(rule, &caller));
            assert_eq!(got, expected, "{caller:?}");
        }
    }

    #[test]
    fn a_role_permits_exactly_what_it_lists() {
        let permissions: Vec<&'static str> =
            ROLES.iter().flat_map(|r| r.permissions).copied().collect();
        for role in ROLES {
            let caller = person(&[role.name]);
            for permission in &permissions {
                let permitted = permits(Rule::Permission(permission), &caller).is_ok();
                assert_eq!(
                    permitted,
                    role.permits(permission),
                    "{} {permission}",
                    role.name
                );
            }
        }
        assert_eq!(
            code(Rule::Permission("members.read"), &person(&["no.such.role"])),
            "PERMISSION_DENIED"
        );
    }
}
