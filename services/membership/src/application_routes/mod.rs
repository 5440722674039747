//! The way on which an organisation decides applications, where it has one of its own. What routes are stands in `crates/approvals`.
//!
//! * [`rpc`]: the service.

mod rpc;

use approvals::{Desk, Kind, Place, Quorum, Route, Step, Title, Who};

/// The permission by which applications are reviewed, and the one by which they are decided without a route.
pub(crate) const REVIEW: &str = "applications.review";
pub(crate) const APPROVE: &str = "applications.approve";

/// Routes of applications.
pub(crate) const KIND: Kind = Kind {
    name: "APPLICATION",
    base: REVIEW,
    permissions: &[REVIEW, APPROVE],
    // Its staff do not see names and forms.
    parents: false,
};

/// The service.
#[derive(Clone, Debug)]
pub struct ApplicationRoutes {
    pub(crate) desk: Desk,
}

/// The way that applies without a route, as one: for showing it. `rules_tests.rs` of applications compares it with the state machine.
pub(crate) fn built_in(days: i16) -> Route {
    let step = |zh: &str, en: &str, permission: &str, last: bool| Step {
        title: Title {
            zh: zh.to_owned(),
            en: en.to_owned(),
        },
        who: Who::Permission {
            permission: permission.to_owned(),
            on: Place::Own,
        },
        quorum: Quorum::One,
        four_eyes: last,
        days,
        may_return: true,
        may_reject: last,
        escalation: None,
    };
    Route {
        steps: vec![
            step("初审", "First review", REVIEW, false),
            step("终审", "Final review", APPROVE, true),
        ],
    }
}
