//! No call holds a connection while it asks for another: as many such calls as there are connections would wait for each other.

use proto_membership::v1 as wire;

use crate::world::World;

#[tokio::test]
async fn one_connection_serves_all_that_staff_read() {
    let world = World::narrow().await;
    let member = world.member(&world.person("王芳")).await;
    let id = world.submitted(&world.person("李明")).await.application_id;
    let society = world.society.to_string();
    let mut applications = world.applications();
    let request = wire::ListApplicationsRequest {
        organisation_id: society.clone(),
        ..Default::default()
    };
    let listed = applications.list_applications(world.by(&world.reviewer, request));
    assert_eq!(listed.await.unwrap().into_inner().applications.len(), 1);
    world.application(&world.reviewer, &id).await.unwrap();
    let request = wire::ListApplicationHistoryRequest { application_id: id };
    let history = applications.list_application_history(world.by(&world.reviewer, request));
    history.await.unwrap();
    let mut memberships = world.memberships();
    let request = wire::ListMembershipsRequest {
        organisation_id: society,
        ..Default::default()
    };
    let listed = memberships.list_memberships(world.by(&world.desk, request));
    assert_eq!(listed.await.unwrap().into_inner().memberships.len(), 1);
    let request = wire::GetMembershipRequest {
        membership_id: member.membership_id,
    };
    let read = memberships.get_membership(world.by(&world.desk, request));
    read.await.unwrap();
}
