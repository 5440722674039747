//! Which calls may be sent again.

use std::{collections::HashSet, error::Error, sync::LazyLock};

use prost_reflect::MethodDescriptor;
use prost_types::method_options::IdempotencyLevel;

/// The paths of the methods that the contract binds to GET, which change nothing (RFC 9110, section 9.2.1), or calls idempotent.
static SAFE: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let services = proto::POOL.services();
    let methods = services.flat_map(|service| service.methods().collect::<Vec<_>>());
    methods
        .filter(|method| is_bound_to_get(method) || is_called_idempotent(method))
        .map(|method| format!("/{}/{}", method.parent_service().full_name(), method.name()))
        .collect()
});

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

/// Whether doing it twice is as good as once.
pub(super) fn changes_nothing(path: &str) -> bool {
    SAFE.contains(path)
}

/// Whether the other side may have begun with a call that ended like this. It certainly has not if there was no connection, if the
/// call was never sent, if the stream was refused (RFC 9113, section 8.7), or if it came after the last one that a server which is going
/// away takes (section 6.8).
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
        assert!(changes_nothing("/cast.identity.v1.Accounts/GetMyAccount"));
        assert!(changes_nothing(
            "/cast.membership.v1.Organisations/ListOrganisations"
        ));
        assert!(changes_nothing("/cast.identity.v1.Sessions/ResolveSession"));
        assert!(!changes_nothing("/cast.identity.v1.Accounts/CreateAccount"));
        assert!(!changes_nothing(
            "/cast.events.v1.Registrations/CancelRegistration"
        ));
    }
}
