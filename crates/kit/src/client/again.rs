//! Which calls may be retried, and which may be sent to two replicas concurrently.

use std::{collections::HashMap, error::Error};

use prost_reflect::{DescriptorPool, MethodDescriptor};
use prost_types::method_options::IdempotencyLevel;

/// To what extent a call may be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeatable {
    /// Only if the replica certainly has not started it.
    NotBegun,
    /// Also after it started, until the response starts: a stream without side effects.
    UntilAnswered,
    /// At any time, also concurrently: a single response, no side effects.
    Always,
}

/// To what extent the calls of a contract may be repeated.
pub(super) struct Repeatables(HashMap<String, Repeatable>);

impl Repeatables {
    /// Of these packages: what the contract binds to GET, which is safe (RFC 9110, section 9.2.1), or declares idempotent.
    pub(super) fn of(pool: &DescriptorPool) -> Self {
        let methods = pool
            .services()
            .flat_map(|service| service.methods().collect::<Vec<_>>());
        let safe = methods.filter(|method| is_bound_to_get(method) || is_called_idempotent(method));
        Self(
            safe.map(|method| {
                let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
                let repeatable = match method.is_server_streaming() {
                    true => Repeatable::UntilAnswered,
                    false => Repeatable::Always,
                };
                (path, repeatable)
            })
            .collect(),
        )
    }

    /// Of a call of this path.
    pub(super) fn get(&self, path: &str) -> Repeatable {
        self.0.get(path).copied().unwrap_or(Repeatable::NotBegun)
    }
}

fn is_bound_to_get(method: &MethodDescriptor) -> bool {
    method.options().extensions().any(|(extension, rule)| {
        let rule = rule.as_message();
        extension.full_name() == "google.api.http"
            && rule.is_some_and(|rule| rule.has_field_by_name("get"))
    })
}

fn is_called_idempotent(method: &MethodDescriptor) -> bool {
    let options = method.method_descriptor_proto().options.as_ref();
    options
        .is_some_and(|options| options.idempotency_level() != IdempotencyLevel::IdempotencyUnknown)
}

/// Whether the replica may have started a call that failed with this error. It certainly has not if there was no
/// connection, if the call was never sent, if the stream was refused (RFC 9113, section 8.7), or if its stream id is
/// above the last one in a GOAWAY (section 6.8).
pub(super) fn may_have_begun(error: &(dyn Error + 'static)) -> bool {
    let mut at = Some(error);
    while let Some(error) = at {
        if error.is::<tonic::ConnectError>()
            || error.downcast_ref().is_some_and(hyper::Error::is_canceled)
            || error.downcast_ref().is_some_and(was_refused)
        {
            return false;
        }
        at = error.source();
    }
    true
}

fn was_refused(error: &h2::Error) -> bool {
    let reason = error.reason();
    error.is_remote()
        && ((error.is_go_away() && reason == Some(h2::Reason::NO_ERROR))
            || (error.is_reset() && reason == Some(h2::Reason::REFUSED_STREAM)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_nothing_is_known_from_the_contract() {
        let repeatables = Repeatables::of(&proto::POOL);
        for path in [
            "/cast.identity.v1.Accounts/GetMyAccount",
            "/cast.membership.v1.Organisations/ListOrganisations",
            "/cast.identity.v1.Sessions/ResolveSession",
        ] {
            assert_eq!(repeatables.get(path), Repeatable::Always, "{path}");
        }
        assert_eq!(
            repeatables.get("/cast.cockpit.v1.Cockpit/WatchOverview"),
            Repeatable::UntilAnswered
        );
        for path in [
            "/cast.identity.v1.Accounts/CreateAccount",
            "/cast.events.v1.Registrations/CancelRegistration",
            "/cast.no.v1.Such/Method",
        ] {
            assert_eq!(repeatables.get(path), Repeatable::NotBegun, "{path}");
        }
    }
}
