//! The caller of a method as determined by the access layer, and the check against the organisation of a resource.

use proto_platform::reasons;
use secrecy::SecretString;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    origin::Origin,
    reach::Reach,
    roles,
    store::{self, Held},
    subject_check::SubjectCheck,
    tokens::{Claims, TokenError},
};
use crate::errors::Problem;

/// The authenticated caller of a method.
#[derive(Clone, Debug)]
pub enum Caller {
    /// A caller without credentials.
    Anonymous(Origin),
    /// A signed-in person.
    Person(PersonCaller),
    /// A society's system.
    Client(ClientCaller),
    /// A service of the platform; only in `internal` methods. [`Call::origin`](crate::Call::origin) gives the original caller.
    Service(String),
}

/// A signed-in person.
#[derive(Clone, Debug)]
pub struct PersonCaller {
    /// UUIDv7 of the person.
    pub person_id: Uuid,
    /// UUIDv7 of the account.
    pub account_id: Uuid,
    /// The browser session; `None` for other clients of the person.
    pub session_id: Option<Uuid>,
    /// The 16-character public number.
    pub person_number: String,
    /// The verified real name; only in calls from the platform's own portal.
    pub name: Option<SecretString>,
    /// Whether the real name is verified.
    pub verified: bool,
    /// The grants; loaded only in methods with a `permission` rule. Use [`Caller::holds`].
    pub grants: Vec<Held>,
    /// Origin of the call.
    pub origin: Origin,
    /// Records that the method checked whether the caller acts on their own affairs.
    pub subject_check: SubjectCheck,
}

/// A society's system (OAuth client_credentials).
#[derive(Clone, Debug)]
pub struct ClientCaller {
    /// UUIDv7 of the client.
    pub client_id: Uuid,
    /// The organisation it belongs to.
    pub organisation_id: Uuid,
    /// The permissions it has there and below.
    pub scopes: Vec<String>,
    /// Path of the organisation; `None` until its event has arrived here, and outside of methods with a `permission` rule.
    pub organisation_path: Option<String>,
    /// Origin of the call.
    pub origin: Origin,
}

impl Caller {
    /// The caller that verified claims identify.
    pub(super) fn from_claims(claims: &Claims, origin: Origin) -> Result<Self, TokenError> {
        let refuse = || TokenError::Invalid("neither a person's nor a client's token");
        let subject = Uuid::try_parse(&claims.sub).map_err(|_| refuse())?;
        match (
            claims.account_id,
            &claims.person_number,
            claims.organisation_id,
        ) {
            (Some(account_id), Some(person_number), None) => Ok(Self::Person(PersonCaller {
                person_id: subject,
                account_id,
                session_id: claims.sid,
                person_number: person_number.clone(),
                name: claims.name.clone().map(SecretString::from),
                verified: claims.verified,
                grants: Vec::new(),
                origin,
                subject_check: SubjectCheck::default(),
            })),
            (None, None, Some(organisation_id)) if claims.client_id == claims.sub => {
                Ok(Self::Client(ClientCaller {
                    client_id: subject,
                    organisation_id,
                    scopes: claims
                        .scope
                        .iter()
                        .flat_map(|s| s.split_ascii_whitespace())
                        .map(str::to_owned)
                        .collect(),
                    organisation_path: None,
                    origin,
                }))
            }
            _ => Err(refuse()),
        }
    }

    /// The signed-in person; `UNAUTHENTICATED` for all other callers.
    pub fn person(&self) -> Result<&PersonCaller, Problem> {
        match self {
            Self::Person(person) => Ok(person),
            _ => Err(Problem::of(&reasons::UNAUTHENTICATED)),
        }
    }

    /// For audit records and idempotency: `person:<id>`, `client:<id>`, `service:<name>` or `anonymous`.
    pub fn actor(&self) -> String {
        match self {
            Self::Anonymous(_) => "anonymous".to_owned(),
            Self::Person(person) => format!("person:{}", person.person_id),
            Self::Client(client) => format!("client:{}", client.client_id),
            Self::Service(name) => format!("service:{name}"),
        }
    }

    /// Origin of the call; `None` for services, see [`Call::origin`](crate::Call::origin).
    pub fn origin(&self) -> Option<&Origin> {
        match self {
            Self::Anonymous(origin) => Some(origin),
            Self::Person(person) => Some(&person.origin),
            Self::Client(client) => Some(&client.origin),
            Self::Service(_) => None,
        }
    }

    /// Succeeds if the caller holds `permission` on the organisation or an ancestor, and returns which of the two.
    /// Fails with the same `PERMISSION_DENIED` whether or not the organisation exists, so call it before anything about
    /// the resource is revealed.
    pub async fn require(
        &self,
        conn: &mut PgConnection,
        permission: &'static str,
        organisation_id: Uuid,
    ) -> Result<Reach, Problem> {
        if matches!(self, Self::Anonymous(_)) {
            return Err(Problem::of(&reasons::UNAUTHENTICATED));
        }
        self.held(conn, permission, organisation_id)
            .await?
            .ok_or_else(|| denied(permission))
    }

    /// Whether the caller holds `permission` on the organisation or an ancestor.
    pub async fn holds(
        &self,
        conn: &mut PgConnection,
        permission: &'static str,
        organisation_id: Uuid,
    ) -> Result<bool, sqlx::Error> {
        let held = self.held(conn, permission, organisation_id).await?;
        Ok(held.is_some())
    }

    /// Whether the caller holds `permission` on this very organisation, by the grants that were loaded with the call or by a scope.
    pub(super) fn holds_there(&self, permission: &str, organisation_id: Uuid) -> bool {
        match self {
            Self::Person(person) => person.grants.iter().any(|held| {
                held.organisation_id == organisation_id && permitted(&held.role, permission)
            }),
            Self::Client(client) => {
                client.organisation_id == organisation_id && has_scope(client, permission)
            }
            Self::Anonymous(_) | Self::Service(_) => false,
        }
    }

    /// Where the caller holds a `permission` that reaches the organisation; `None` if nowhere. Reads the current grants
    /// in the caller's transaction. Services hold no permissions; they call `internal` methods.
    pub async fn held(
        &self,
        conn: &mut PgConnection,
        permission: &'static str,
        organisation_id: Uuid,
    ) -> Result<Option<Reach>, sqlx::Error> {
        match self {
            Self::Person(person) => {
                let held = store::roles_reaching(conn, person.person_id, organisation_id).await?;
                Ok(held
                    .into_iter()
                    .filter(|(role, _)| permitted(role, permission))
                    .map(|(_, reach)| reach)
                    .min())
            }
            Self::Client(client) if has_scope(client, permission) => {
                let own = client.organisation_id;
                // Most systems ask about their own organisation.
                if own == organisation_id {
                    return Ok(Some(Reach::There));
                }
                let below = store::is_at_or_below(conn, own, organisation_id).await?;
                Ok(below.then_some(Reach::FromAbove))
            }
            Self::Client(_) | Self::Anonymous(_) | Self::Service(_) => Ok(None),
        }
    }

    /// The paths below which the caller holds `permission`, none of them inside another; empty if there are none. For
    /// lists: `where exists (select 1 from unnest($1::text[]) as reach where starts_with(path, reach))`.
    pub async fn reach(
        &self,
        conn: &mut PgConnection,
        permission: &'static str,
    ) -> Result<Vec<String>, sqlx::Error> {
        let paths = match self {
            Self::Person(person) => store::grants_of(conn, person.person_id)
                .await?
                .into_iter()
                .filter(|held| permitted(&held.role, permission))
                .map(|held| held.path)
                .collect(),
            Self::Client(client) if has_scope(client, permission) => {
                store::path_of(conn, client.organisation_id)
                    .await?
                    .into_iter()
                    .collect()
            }
            Self::Client(_) | Self::Anonymous(_) | Self::Service(_) => Vec::new(),
        };
        Ok(outermost(paths))
    }
}

/// `PERMISSION_DENIED` that names only the permission.
pub(super) fn denied(permission: &str) -> Problem {
    Problem::of(&reasons::PERMISSION_DENIED).with("permission", permission)
}

pub(super) fn permitted(role: &str, permission: &str) -> bool {
    roles::role(role).is_some_and(|role| role.permits(permission))
}

pub(super) fn has_scope(client: &ClientCaller, permission: &str) -> bool {
    client.scopes.iter().any(|scope| scope == permission)
}

/// Drops paths that lie below another one.
fn outermost(mut paths: Vec<String>) -> Vec<String> {
    // In byte order a path comes directly before everything below it.
    paths.sort_unstable();
    let mut kept: Vec<String> = Vec::with_capacity(paths.len());
    for path in paths {
        if !kept
            .last()
            .is_some_and(|outer| path.starts_with(outer.as_str()))
        {
            kept.push(path);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_outermost_paths_remain() {
        let paths = ["/b/", "/a/x/", "/a/", "/a/", "/ab/", "/b/y/z/"]
            .map(str::to_owned)
            .to_vec();
        assert_eq!(outermost(paths), ["/a/", "/ab/", "/b/"]);
    }
}
