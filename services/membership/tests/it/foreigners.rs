//! Staff and systems of another society see and change nothing, and cannot tell what exists.

use proto_membership::v1::{self as wire, batch_decide_applications_request::Decision};
use tonic::Code;
use uuid::Uuid;

use crate::world::{World, reason, refusal};

#[tokio::test]
async fn the_applications_of_another_society_might_as_well_not_exist() {
    let world = World::new().await;
    let application = world.in_final_review(&world.person("王芳")).await;
    let before = world
        .application(&world.approver, &application.application_id)
        .await
        .unwrap();
    let unknown = Uuid::now_v7().to_string();
    // The stranger holds every permission, in another society.
    let stranger = &world.stranger;
    for id in [application.application_id.as_str(), unknown.as_str()] {
        assert_eq!(reason(world.application(stranger, id).await), "NOT_FOUND");
        assert_eq!(reason(world.pass(stranger, id).await), "NOT_FOUND");
        assert_eq!(reason(world.send_back(stranger, id).await), "NOT_FOUND");
        assert_eq!(reason(world.approve(stranger, id).await), "NOT_FOUND");
        assert_eq!(reason(world.reject(stranger, id).await), "NOT_FOUND");
        let request = wire::ListApplicationHistoryRequest {
            application_id: id.into(),
        };
        assert_eq!(
            reason(
                world
                    .applications()
                    .list_application_history(world.by(stranger, request))
                    .await
            ),
            "NOT_FOUND"
        );
    }
    for organisation in [world.society, Uuid::now_v7()] {
        let request = wire::ListApplicationsRequest {
            organisation_id: organisation.to_string(),
            ..Default::default()
        };
        let refused = refusal(
            world
                .applications()
                .list_applications(world.by(stranger, request))
                .await,
        );
        assert_eq!(
            (refused.code, refused.reason.as_str()),
            (Code::PermissionDenied, "PERMISSION_DENIED")
        );
        let request = wire::BatchDecideApplicationsRequest {
            organisation_id: organisation.to_string(),
            application_ids: vec![application.application_id.clone()],
            decision: Decision::Approve.into(),
            ..Default::default()
        };
        let refused = refusal(
            world
                .applications()
                .batch_decide_applications(world.by(stranger, request))
                .await,
        );
        assert_eq!(refused.reason, "PERMISSION_DENIED");
    }
    // A batch in the own society does not reach into another one.
    let request = wire::BatchDecideApplicationsRequest {
        organisation_id: world.other_society.to_string(),
        application_ids: vec![application.application_id.clone()],
        decision: Decision::Approve.into(),
        ..Default::default()
    };
    let lines = world
        .applications()
        .batch_decide_applications(world.by(stranger, request))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(lines.results[0].refused_because, "NOT_FOUND");
    assert_eq!(
        world
            .application(&world.approver, &application.application_id)
            .await
            .unwrap(),
        before
    );
    world.check().await;
}

#[tokio::test]
async fn the_members_of_another_society_might_as_well_not_exist() {
    let world = World::new().await;
    let member = world.member(&world.person("王芳")).await;
    let unknown = Uuid::now_v7().to_string();
    for id in [member.membership_id.as_str(), unknown.as_str()] {
        assert_eq!(
            reason(world.membership(&world.stranger, id).await),
            "NOT_FOUND"
        );
        assert_eq!(
            reason(world.suspend(&world.stranger, id).await),
            "NOT_FOUND"
        );
        assert_eq!(
            reason(world.reinstate(&world.stranger, id).await),
            "NOT_FOUND"
        );
    }
    let other = world.system(world.other_society, "members.read members.verify");
    for actor in [&world.stranger, &other] {
        let request = wire::ListMembershipsRequest {
            organisation_id: world.society.to_string(),
            ..Default::default()
        };
        assert_eq!(
            reason(
                world
                    .memberships()
                    .list_memberships(world.by(actor, request))
                    .await
            ),
            "PERMISSION_DENIED"
        );
        let request = wire::ListMembershipsRequest {
            organisation_id: world.other_society.to_string(),
            ..Default::default()
        };
        let own = world
            .memberships()
            .list_memberships(world.by(actor, request))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(own.memberships, []);
    }
    let own = world.system(world.society, "members.read");
    let request = wire::ListMembershipsRequest {
        organisation_id: world.society.to_string(),
        ..Default::default()
    };
    let seen = world
        .memberships()
        .list_memberships(world.by(&own, request))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(seen.memberships[0].membership_id, member.membership_id);
    world.check().await;
}

#[tokio::test]
async fn headquarters_staff_reach_every_society_below() {
    let world = World::new().await;
    let member = world.member(&world.person("王芳")).await;
    let above = world.staff("society.member_desk", world.headquarters).await;
    assert_eq!(
        world
            .membership(&above, &member.membership_id)
            .await
            .unwrap()
            .member_name,
        "王**",
        "the name was given to the society"
    );
    assert_eq!(world.audited("GetMembership").await, 1);
}

#[tokio::test]
async fn a_role_taken_back_counts_at_the_next_call() {
    let world = World::new().await;
    let application = world.submitted(&world.person("王芳")).await;
    sqlx::query("delete from access.grants where person_id = $1")
        .bind(world.reviewer.id)
        .execute(world.pool())
        .await
        .unwrap();
    assert_eq!(
        reason(
            world
                .pass(&world.reviewer, &application.application_id)
                .await
        ),
        "PERMISSION_DENIED"
    );
    assert_eq!(
        reason(
            world
                .application(&world.reviewer, &application.application_id)
                .await
        ),
        "NOT_FOUND"
    );
}
