//! Who is told what of an application.

use approvals::{Case, Everyone, notices::waits};
use kit::notices::Notice;
use proto_notices::templates::{
    ApplicationApproved, ApplicationRejected, ApplicationReturned, ApplicationsPassed,
    ApplicationsStep, ApplicationsSubmitted,
};
use uuid::Uuid;

use super::{State, routed::Routed, rules::Action, store::records::Record};

/// The permissions by which an application is reviewed; `roles.toml` says who has them.
pub(super) const REVIEW: &str = "applications.review";
const APPROVE: &str = "applications.approve";

/// An application waits for the first review: those who review it are told, but not the applicant, who may be one of them.
pub(super) fn submitted(record: &Record) -> Notice {
    let what = ApplicationsSubmitted {
        organisation_id: record.organisation_id,
        organisation_name: &record.organisation_name,
    };
    Notice::to_holders(REVIEW, record.organisation_id, what).except(record.person_id)
}

/// A decision was taken on these applications of one organisation, each as it stands after it: the applicants are told, and when the first
/// review was passed, those who decide finally, with one notice. The first reviewer is not one of them: the same person may not approve.
pub(super) fn decided(taken: &[&Record], action: Action, reviewer: Uuid) -> Vec<Notice> {
    let each = |told: fn(&Record) -> Notice| taken.iter().map(|record| told(record)).collect();
    match action {
        Action::PassFirstReview => {
            let passed = taken.first().map(|first| {
                let what = ApplicationsPassed {
                    organisation_id: first.organisation_id,
                    organisation_name: &first.organisation_name,
                };
                Notice::to_holders(APPROVE, first.organisation_id, what)
                    .except(reviewer)
                    .times(taken.len())
            });
            passed.into_iter().collect()
        }
        Action::Return => each(returned),
        Action::Approve => each(approved),
        Action::Reject => each(rejected),
        // The applicant has done it.
        Action::Submit | Action::Withdraw => Vec::new(),
    }
}

/// A decision was taken on these applications, which are on a route of their organisation, each as it stands after it: the applicants are
/// told what concerns them, and those who decide the next step how many there are for them. `everyone`: unless none has begun a step.
pub(super) fn on_route(
    everyone: Option<&Everyone>,
    taken: &[&Record],
    routed: &Routed,
    reviewer: Uuid,
) -> Vec<Notice> {
    let mut notices = Vec::new();
    let mut waiting = Vec::new();
    for record in taken {
        let Some(case) = routed.case(record.application_id) else {
            continue;
        };
        match record.state {
            State::Returned => notices.push(returned(record)),
            State::Approved => notices.push(approved(record)),
            State::Rejected => notices.push(rejected(record)),
            _ if case.begins_step() => waiting.push(case),
            _ => {}
        }
    }
    if let Some((everyone, first)) = everyone.zip(taken.first()) {
        notices.extend(next(everyone, first, waiting, reviewer));
    }
    notices
}

/// Applications to the organisation of this one have reached a step of their route: those who decide it are told.
pub(super) fn next<'a>(
    everyone: &Everyone,
    record: &Record,
    cases: impl IntoIterator<Item = &'a Case>,
    except: Uuid,
) -> Vec<Notice> {
    let what = || ApplicationsStep {
        organisation_id: record.organisation_id,
        organisation_name: &record.organisation_name,
    };
    waits(everyone, cases, except, what)
}

fn returned(record: &Record) -> Notice {
    let what = ApplicationReturned {
        organisation_id: record.organisation_id,
        organisation_name: &record.organisation_name,
    };
    Notice::to_person(record.person_id, what)
}

fn approved(record: &Record) -> Notice {
    let what = ApplicationApproved {
        organisation_name: &record.organisation_name,
    };
    Notice::to_person(record.person_id, what)
}

fn rejected(record: &Record) -> Notice {
    let what = ApplicationRejected {
        organisation_name: &record.organisation_name,
    };
    Notice::to_person(record.person_id, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_role_reviews_and_some_role_approves() {
        for permission in [REVIEW, APPROVE] {
            assert_eq!(kit::access::roles::permission(permission), Some(permission));
        }
    }
}
