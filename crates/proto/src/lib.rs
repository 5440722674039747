//! The whole contract: every package, the descriptors of all of them, and all error reasons. For what knows all services,
//! as the gateway and the tools do; a service depends on the crates of the packages that it uses.

include!(concat!(env!("OUT_DIR"), "/contract.rs"));

pub use proto_platform::{Transport, roles};

/// The packages under `cast.`, one module per service and version.
pub mod cast {
    pub use proto_approvals as approvals;
    pub use proto_cockpit as cockpit;
    pub use proto_eventlog as eventlog;
    pub use proto_events as events;
    pub use proto_exports as exports;
    pub use proto_forms as forms;
    pub use proto_identity as identity;
    pub use proto_letters as letters;
    pub use proto_membership as membership;
    pub use proto_notices as notices;
    pub use proto_options as options;
    pub use proto_papers as papers;
}

/// The reason with this code.
pub fn reason(code: &str) -> Option<&'static reasons::Reason> {
    let all = reasons::ALL;
    let at = all.binary_search_by(|reason| reason.code.cmp(code)).ok()?;
    Some(all[at])
}
