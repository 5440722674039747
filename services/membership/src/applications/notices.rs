//! Who is told what of an application.

use kit::notices::Notice;
use proto_notices::templates::{
    ApplicationApproved, ApplicationRejected, ApplicationReturned, ApplicationsPassed,
    ApplicationsSubmitted,
};
use uuid::Uuid;

use super::{rules::Action, store::records::Record};

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
