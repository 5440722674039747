//! Roles that two people give and take.

use proto_identity::v1::{self as wire, Account, grant_proposal::State};
use time::Duration;
use uuid::Uuid;

use crate::{
    grants::{answer, give, propose, revoke},
    world::{Browser, World, reason, refused},
};

const AUDIT: &str = "platform.audit";
const SECURITY: &str = "platform.security";

/// Two security administrators and a verified person.
struct Scene {
    world: World,
    one: (Browser, Account),
    two: (Browser, Account),
    person: (Browser, Account),
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let one = world.staff(1, SECURITY, world.headquarters).await;
        let two = world.staff(2, SECURITY, world.headquarters).await;
        let person = world.verified(3).await;
        Self {
            world,
            one,
            two,
            person,
        }
    }

    async fn proposed(&self, role: &str) -> wire::GrantProposal {
        let cast = self.world.headquarters;
        propose(&self.one.0, &self.person.1, role, true, cast)
            .await
            .unwrap()
    }

    async fn roles(&self, account: &Account) -> Vec<String> {
        let id: Uuid = account.person_id.parse().unwrap();
        sqlx::query_scalar("select role from access.grants where person_id = $1 order by role")
            .bind(id)
            .fetch_all(self.world.pool())
            .await
            .unwrap()
    }

    async fn told(&self, account: &Account) -> Vec<String> {
        let id: Uuid = account.person_id.parse().unwrap();
        sqlx::query_scalar("select template from notices where person_id = $1 order by template")
            .bind(id)
            .fetch_all(self.world.pool())
            .await
            .unwrap()
    }
}

async fn list(by: &Browser, on: Uuid, waiting: bool) -> Vec<wire::GrantProposal> {
    let message = wire::ListGrantProposalsRequest {
        organisation_id: on.to_string(),
        waiting,
        ..Default::default()
    };
    let request = by.signed(message).await.unwrap();
    let answer = by
        .grant_proposals()
        .list_grant_proposals(request)
        .await
        .unwrap();
    answer.into_inner().proposals
}

#[tokio::test]
async fn one_proposes_and_another_decides() {
    let scene = Scene::new().await;
    let cast = scene.world.headquarters;
    let proposed = scene.proposed(AUDIT).await;
    assert_eq!(proposed.state(), State::Waiting);
    assert_eq!(proposed.proposed_by, scene.one.1.person_number);
    assert!(
        proposed.masked_name.ends_with('*'),
        "{}",
        proposed.masked_name
    );
    assert_eq!(scene.told(&scene.two.1).await, ["role_proposed"]);
    assert!(scene.told(&scene.one.1).await.is_empty());
    assert!(scene.roles(&scene.person.1).await.is_empty());
    // The same again is the one that waits.
    assert_eq!(scene.proposed(AUDIT).await, proposed);
    let waiting = list(&scene.two.0, cast, true).await;
    assert_eq!(waiting, std::slice::from_ref(&proposed));

    let own = answer(&scene.one.0, &proposed.proposal_id, true).await;
    assert_eq!(refused(own), "OWN_AFFAIRS");
    let decided = answer(&scene.two.0, &proposed.proposal_id, true)
        .await
        .unwrap();
    assert_eq!(decided.state(), State::Approved);
    assert_eq!(decided.decided_by, scene.two.1.person_number);
    assert_eq!(scene.roles(&scene.person.1).await, [AUDIT]);
    assert_eq!(scene.told(&scene.person.1).await, ["role_given"]);
    assert_eq!(scene.told(&scene.one.1).await, ["role_proposal_decided"]);
    let again = answer(&scene.two.0, &proposed.proposal_id, true).await;
    assert_eq!(refused(again), "PROPOSAL_STATE");
    assert!(list(&scene.two.0, cast, true).await.is_empty());
    assert_eq!(list(&scene.two.0, cast, false).await, [decided]);

    let taking = propose(&scene.two.0, &scene.person.1, AUDIT, false, cast).await;
    // The only holder stays.
    assert_eq!(refused(taking), "ROLE_NEEDS_HOLDERS");
    let other = scene.world.staff(4, AUDIT, cast).await;
    let taking = propose(&scene.two.0, &scene.person.1, AUDIT, false, cast)
        .await
        .unwrap();
    answer(&scene.one.0, &taking.proposal_id, true)
        .await
        .unwrap();
    assert!(scene.roles(&scene.person.1).await.is_empty());
    assert_eq!(
        scene.told(&scene.person.1).await,
        ["role_ended", "role_given"]
    );
    assert_eq!(scene.roles(&other.1).await, [AUDIT]);
}

#[tokio::test]
async fn it_is_taken_back_declined_or_too_late() {
    let scene = Scene::new().await;
    let back = scene.proposed(AUDIT).await;
    let back = answer(&scene.one.0, &back.proposal_id, false)
        .await
        .unwrap();
    assert_eq!(back.state(), State::Withdrawn);
    let declined = scene.proposed(AUDIT).await;
    let declined = answer(&scene.two.0, &declined.proposal_id, false)
        .await
        .unwrap();
    assert_eq!(declined.state(), State::Declined);
    let late = scene.proposed(AUDIT).await;
    scene.world.wait(Duration::days(7));
    let two = scene.world.again(scene.two.0).await;
    let refusal = answer(&two, &late.proposal_id, true).await;
    assert_eq!(refused(refusal), "PROPOSAL_STATE");
    let all = list(&two, scene.world.headquarters, false).await;
    let states: Vec<State> = all.iter().map(wire::GrantProposal::state).collect();
    assert_eq!(states, [State::Expired, State::Declined, State::Withdrawn]);
    // What has expired can be proposed anew.
    let anew = propose(&two, &scene.person.1, AUDIT, true, scene.world.headquarters).await;
    assert_ne!(anew.unwrap().proposal_id, late.proposal_id);
    assert_eq!(
        scene
            .world
            .count("select count(*) from access.grants")
            .await,
        2
    );
}

#[tokio::test]
async fn what_was_checked_when_it_was_proposed_is_checked_when_it_is_decided() {
    let scene = Scene::new().await;
    let cast = scene.world.headquarters;
    // The person becomes an administrator of a society meanwhile.
    let proposed = scene.proposed(AUDIT).await;
    let id: Uuid = scene.person.1.person_id.parse().unwrap();
    let meanwhile = scene
        .world
        .hold(id, "organisation.administrator", scene.world.society)
        .await;
    let refusal = answer(&scene.two.0, &proposed.proposal_id, true).await;
    assert_eq!(refused(refusal), "ROLES_EXCLUSIVE");
    revoke(&scene.two.0, &meanwhile.to_string()).await.unwrap();
    // Who proposed it loses the role meanwhile.
    let first: Uuid = scene.one.1.person_id.parse().unwrap();
    scene
        .world
        .execute(&format!(
            "delete from access.grants where person_id = '{first}'"
        ))
        .await;
    let refusal = answer(&scene.two.0, &proposed.proposal_id, true).await;
    assert_eq!(refused(refusal), "PROPOSER_NOT_ENTITLED");
    scene.world.hold(first, SECURITY, cast).await;
    answer(&scene.two.0, &proposed.proposal_id, true)
        .await
        .unwrap();
    assert_eq!(scene.roles(&scene.person.1).await, [AUDIT]);
    // For themselves, or without the role, people propose nothing; out of reach proposals do not exist.
    let own = propose(&scene.one.0, &scene.one.1, AUDIT, true, cast).await;
    assert_eq!(refused(own), "OWN_AFFAIRS");
    let society = scene
        .world
        .staff(5, "organisation.administrator", scene.world.society)
        .await;
    let denied = propose(&society.0, &scene.person.1, AUDIT, true, cast).await;
    assert_eq!(refused(denied), "PERMISSION_DENIED");
    let hidden = answer(&society.0, &proposed.proposal_id, true).await;
    assert_eq!(refused(hidden), "PROPOSAL_NOT_FOUND");
    let alone = propose(
        &scene.one.0,
        &scene.person.1,
        "headquarters.leader",
        true,
        cast,
    )
    .await;
    assert_eq!(reason(&alone.unwrap_err()), "INVALID_ARGUMENT");
}

/// Three hold the role, and two proposals take one each: two must remain.
#[tokio::test]
async fn of_two_proposals_that_leave_too_few_one_is_carried_out() {
    let scene = Scene::new().await;
    let cast = scene.world.headquarters;
    let (three, of_three) = scene.world.staff(4, SECURITY, cast).await;
    let four = scene.world.staff(5, SECURITY, cast).await;
    let mut waiting = Vec::new();
    for about in [&of_three, &scene.two.1] {
        let proposed = propose(&scene.one.0, about, SECURITY, false, cast)
            .await
            .unwrap();
        waiting.push(proposed.proposal_id);
    }
    // One less, so that either could be taken, and not both.
    let id: Uuid = four.1.person_id.parse().unwrap();
    scene
        .world
        .execute(&format!(
            "delete from access.grants where person_id = '{id}'"
        ))
        .await;
    let mut held = scene.world.pool().begin().await.unwrap();
    sqlx::query("select 1 from access.organisations where organisation_id = $1 for update")
        .bind(cast)
        .execute(&mut *held)
        .await
        .unwrap();
    let deciders = [scene.two.0, three];
    let deciding: Vec<_> = waiting
        .into_iter()
        .zip(deciders)
        .map(|(proposal_id, by)| tokio::spawn(async move { answer(&by, &proposal_id, true).await }))
        .collect();
    scene.world.waiting(2).await;
    held.rollback().await.unwrap();
    let mut done = 0;
    for outcome in deciding {
        done += usize::from(outcome.await.unwrap().is_ok());
    }
    assert_eq!(done, 1);
    let left = "select count(*) from access.grants where role = 'platform.security'";
    assert_eq!(scene.world.count(left).await, 2);
}

#[tokio::test]
async fn a_repeated_decision_is_answered_alike_and_only_to_who_may_still_make_it() {
    let scene = Scene::new().await;
    let cast = scene.world.headquarters;
    let proposed = scene.proposed(AUDIT).await;
    let approve = async || {
        let message = wire::ApproveGrantProposalRequest {
            proposal_id: proposed.proposal_id.clone(),
            request_id: "once".into(),
        };
        let request = scene.two.0.signed(message).await.unwrap();
        let answer = scene
            .two
            .0
            .grant_proposals()
            .approve_grant_proposal(request)
            .await;
        answer.map(tonic::Response::into_inner)
    };
    let first = approve().await.unwrap();
    assert_eq!(approve().await.unwrap(), first);
    assert_eq!(
        scene
            .world
            .count("select count(*) from access.grants")
            .await,
        3
    );
    let second: Uuid = scene.two.1.person_id.parse().unwrap();
    scene
        .world
        .execute(&format!(
            "delete from access.grants where person_id = '{second}'"
        ))
        .await;
    scene
        .world
        .hold(second, "headquarters.administrator", cast)
        .await;
    assert_eq!(refused(approve().await), "PERMISSION_DENIED");
    // The role is there for who gives the roles of organisations, not those of the platform.
    let leader = give(&scene.one.0, &scene.two.1, "headquarters.leader", cast).await;
    leader.unwrap();
}
