//! Every step that the drawing does not have is refused with a reason that names both states, and changes nothing.

use proto_membership::v1::{Application, application::State, membership};
use tonic::{Code, Status};

use crate::world::{Actor, World, refusal};

async fn standing_at(world: &World, person: &Actor, state: State) -> Application {
    let id = |application: Application| application.application_id;
    match state {
        State::Draft | State::Unspecified => world.draft(person).await,
        State::InFirstReview => world.submitted(person).await,
        State::InFinalReview => world.in_final_review(person).await,
        State::Returned => world
            .send_back(&world.reviewer, &id(world.submitted(person).await))
            .await
            .unwrap(),
        State::Approved => world.approved(person).await,
        State::Rejected => world
            .reject(&world.approver, &id(world.in_final_review(person).await))
            .await
            .unwrap(),
        State::Withdrawn => world
            .withdraw(person, &id(world.submitted(person).await))
            .await
            .unwrap(),
    }
}

#[tokio::test]
async fn every_illegal_step_of_an_application_names_both_states() {
    use State::*;
    let world = World::new().await;
    let legal = [
        (InFirstReview, InFinalReview),
        (InFirstReview, Returned),
        (InFirstReview, Withdrawn),
        (InFinalReview, Returned),
        (InFinalReview, Approved),
        (InFinalReview, Rejected),
        (InFinalReview, Withdrawn),
        (Returned, InFirstReview),
        (Returned, Withdrawn),
    ];
    let mut refusals = 0;
    for from in [
        InFirstReview,
        InFinalReview,
        Returned,
        Approved,
        Rejected,
        Withdrawn,
    ] {
        let person = world.person("王芳");
        let application = standing_at(&world, &person, from).await;
        let id = application.application_id.as_str();
        assert_eq!(application.state(), from);
        for to in [
            InFirstReview,
            InFinalReview,
            Returned,
            Approved,
            Rejected,
            Withdrawn,
        ] {
            if legal.contains(&(from, to)) {
                continue;
            }
            let answer: Result<Application, Status> = match to {
                InFirstReview => world.submit(&person, id).await,
                InFinalReview => world.pass(&world.reviewer, id).await,
                Returned => world.send_back(&world.approver, id).await,
                Approved => world.approve(&world.approver, id).await,
                Rejected => world.reject(&world.approver, id).await,
                _ => world.withdraw(&person, id).await,
            };
            let refused = refusal(answer);
            assert_eq!(
                (refused.code, refused.reason.as_str()),
                (Code::FailedPrecondition, "APPLICATION_STATE")
            );
            assert_eq!(refused.metadata["from"], from.as_str_name());
            assert_eq!(refused.metadata["to"], to.as_str_name());
            refusals += 1;
        }
        let after = world.application(&person, id).await.unwrap();
        assert_eq!((after.state(), after.etag), (from, application.etag));
    }
    assert_eq!(refusals, 36 - legal.len());
    world.check().await;
}

#[tokio::test]
async fn only_drafts_and_returned_applications_can_be_edited() {
    use State::*;
    let world = World::new().await;
    for state in [InFirstReview, InFinalReview, Approved, Rejected, Withdrawn] {
        let person = world.person("王芳");
        let application = standing_at(&world, &person, state).await;
        let request = proto_membership::v1::UpdateApplicationRequest {
            application_id: application.application_id,
            category: application.category,
            form: Some(crate::journey::form()),
            etag: application.etag,
            request_id: String::new(),
            ..Default::default()
        };
        let refused = refusal(
            world
                .applications()
                .update_application(world.by(&person, request))
                .await,
        );
        assert_eq!(refused.reason, "APPLICATION_NOT_EDITABLE");
        assert_eq!(refused.metadata["state"], state.as_str_name());
    }
    world.check().await;
}

#[tokio::test]
async fn every_illegal_step_of_a_membership_names_both_states() {
    use membership::State::*;
    let world = World::new().await;
    let mut refusals = 0;
    for from in [Active, Suspended, Resigned] {
        let person = world.person("王芳");
        let membership = world.member(&person).await;
        let id = membership.membership_id.as_str();
        match from {
            Suspended => drop(world.suspend(&world.desk, id).await.unwrap()),
            Resigned => drop(world.resign(&person, id).await.unwrap()),
            _ => {}
        }
        for to in [Active, Suspended, Resigned] {
            let legal = [
                (Active, Suspended),
                (Active, Resigned),
                (Suspended, Active),
                (Suspended, Resigned),
            ];
            if legal.contains(&(from, to)) {
                continue;
            }
            let answer = match to {
                Suspended => world.suspend(&world.desk, id).await,
                Resigned => world.resign(&person, id).await,
                _ => world.reinstate(&world.desk, id).await,
            };
            let refused = refusal(answer);
            assert_eq!(
                (refused.code, refused.reason.as_str()),
                (Code::FailedPrecondition, "MEMBERSHIP_STATE")
            );
            assert_eq!(refused.metadata["from"], from.as_str_name());
            assert_eq!(refused.metadata["to"], to.as_str_name());
            refusals += 1;
        }
    }
    assert_eq!(refusals, 5);
    world.check().await;
}
