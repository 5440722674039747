//! Who gives what to whom.

use proto_identity::v1::{self as wire, Account};
use tonic::{Response, Status};
use uuid::Uuid;

use crate::world::{Browser, World, fields, phone, reason, refused};

pub async fn give(by: &Browser, to: &Account, role: &str, on: Uuid) -> Result<wire::Grant, Status> {
    give_once(by, to, role, on, "").await
}

async fn give_once(
    by: &Browser,
    to: &Account,
    role: &str,
    on: Uuid,
    id: &str,
) -> Result<wire::Grant, Status> {
    let message = wire::CreateGrantRequest {
        organisation_id: on.to_string(),
        role: role.to_owned(),
        person_number: to.person_number.clone(),
        request_id: id.to_owned(),
        ..Default::default()
    };
    by.grants()
        .create_grant(by.signed(message).await?)
        .await
        .map(Response::into_inner)
}

pub async fn revoke(by: &Browser, grant_id: &str) -> Result<(), Status> {
    let message = wire::DeleteGrantRequest {
        grant_id: grant_id.to_owned(),
    };
    by.grants()
        .delete_grant(by.signed(message).await?)
        .await
        .map(Response::into_inner)
}

pub async fn propose(
    by: &Browser,
    about: &Account,
    role: &str,
    give: bool,
    on: Uuid,
) -> Result<wire::GrantProposal, Status> {
    use wire::grant_proposal::Action;
    let action = if give { Action::Give } else { Action::Take };
    let message = wire::CreateGrantProposalRequest {
        organisation_id: on.to_string(),
        action: action.into(),
        role: role.to_owned(),
        person_number: about.person_number.clone(),
        reason: "岗位调整".to_owned(),
        request_id: String::new(),
    };
    by.grant_proposals()
        .create_grant_proposal(by.signed(message).await?)
        .await
        .map(Response::into_inner)
}

pub async fn answer(
    by: &Browser,
    proposal_id: &str,
    approve: bool,
) -> Result<wire::GrantProposal, Status> {
    let proposal_id = proposal_id.to_owned();
    let answered = if approve {
        let message = wire::ApproveGrantProposalRequest {
            proposal_id,
            request_id: String::new(),
        };
        by.grant_proposals()
            .approve_grant_proposal(by.signed(message).await?)
            .await
    } else {
        let message = wire::DeclineGrantProposalRequest {
            proposal_id,
            request_id: String::new(),
        };
        by.grant_proposals()
            .decline_grant_proposal(by.signed(message).await?)
            .await
    };
    answered.map(Response::into_inner)
}

pub async fn listed(by: &Browser, list: wire::ListGrantsRequest) -> Vec<wire::Grant> {
    let request = by.signed(list).await.unwrap();
    let answer = by.grants().list_grants(request).await.unwrap();
    answer.into_inner().grants
}

async fn held(by: &Browser) -> Vec<String> {
    let request = by.signed(wire::ListMyGrantsRequest {}).await.unwrap();
    let grants = by
        .grants()
        .list_my_grants(request)
        .await
        .unwrap()
        .into_inner()
        .grants;
    grants
        .into_iter()
        .map(|grant| format!("{}@{}", grant.role, grant.organisation_name))
        .collect()
}

#[tokio::test]
async fn an_administrator_gives_and_takes_roles_of_their_organisation() {
    let world = World::new().await;
    let (administrator, _) = world
        .staff(1, "organisation.administrator", world.society)
        .await;
    let (reviewer, account) = world.verified(2).await;
    let grant = give(&administrator, &account, "society.reviewer", world.society)
        .await
        .unwrap();
    assert_eq!(
        (grant.organisation_name.as_str(), &grant.person_number),
        ("中国计算机学会", &account.person_number)
    );
    assert_eq!(held(&reviewer).await, ["society.reviewer@中国计算机学会"]);
    let again = give(&administrator, &account, "society.reviewer", world.society)
        .await
        .unwrap();
    assert_eq!(again, grant, "the same grant, not a second one");
    revoke(&administrator, &grant.grant_id).await.unwrap();
    assert!(held(&reviewer).await.is_empty());
    assert_eq!(
        refused(revoke(&administrator, &grant.grant_id).await),
        "GRANT_NOT_FOUND"
    );
    let events: Vec<_> = world
        .events()
        .await
        .into_iter()
        .filter(|event| event.starts_with("Grant"))
        .collect();
    assert_eq!(events, ["GrantGiven", "GrantRevoked"]);
    assert_eq!(
        world
            .count("select count(*) from grants where role like 'society.%'")
            .await,
        0
    );
}

#[tokio::test]
async fn a_grant_works_at_once_and_ends_at_once() {
    let world = World::new().await;
    let (root, _) = world
        .staff(1, "platform.security", world.headquarters)
        .await;
    let (administrator, account) = world.verified(2).await;
    let (_, third) = world.verified(3).await;
    let denied = give(&administrator, &third, "society.reviewer", world.society).await;
    assert_eq!(refused(denied), "PERMISSION_DENIED");
    let grant = give(&root, &account, "organisation.administrator", world.society)
        .await
        .unwrap();
    give(&administrator, &third, "society.reviewer", world.society)
        .await
        .unwrap();
    revoke(&root, &grant.grant_id).await.unwrap();
    let denied = give(&administrator, &third, "society.approver", world.society).await;
    assert_eq!(refused(denied), "PERMISSION_DENIED");
}

#[tokio::test]
async fn nobody_gives_what_they_do_not_administer_or_where_they_do_not_reach() {
    let world = World::new().await;
    let (security, _) = world
        .staff(1, "platform.security", world.headquarters)
        .await;
    let (administrator, _) = world
        .staff(2, "organisation.administrator", world.society)
        .await;
    let (reviewer, _) = world.staff(3, "society.reviewer", world.society).await;
    let (_, account) = world.verified(4).await;
    // Holds grants.manage everywhere, and administers no role of societies.
    assert_eq!(
        refused(give(&security, &account, "society.reviewer", world.society).await),
        "ROLE_NOT_ADMINISTERED"
    );
    // Holds everything, elsewhere.
    assert_eq!(
        refused(
            give(
                &administrator,
                &account,
                "society.reviewer",
                world.other_society
            )
            .await
        ),
        "PERMISSION_DENIED"
    );
    assert_eq!(
        refused(
            give(
                &administrator,
                &account,
                "society.reviewer",
                world.headquarters
            )
            .await
        ),
        "PERMISSION_DENIED"
    );
    // Holds the review, and may not give.
    assert_eq!(
        refused(give(&reviewer, &account, "society.reviewer", world.society).await),
        "PERMISSION_DENIED"
    );
    // An organisation that does not exist looks like one out of reach.
    assert_eq!(
        refused(give(&administrator, &account, "society.reviewer", Uuid::now_v7()).await),
        "PERMISSION_DENIED"
    );
    give(&administrator, &account, "society.reviewer", world.society)
        .await
        .unwrap();
}

#[tokio::test]
async fn out_of_reach_a_grant_does_not_exist() {
    let world = World::new().await;
    let (administrator, _) = world
        .staff(1, "organisation.administrator", world.society)
        .await;
    let (stranger, _) = world
        .staff(2, "organisation.administrator", world.other_society)
        .await;
    let (_, account) = world.verified(3).await;
    let grant = give(&administrator, &account, "society.reviewer", world.society)
        .await
        .unwrap();
    assert_eq!(
        refused(revoke(&stranger, &grant.grant_id).await),
        "GRANT_NOT_FOUND"
    );
    assert_eq!(
        refused(revoke(&stranger, &Uuid::now_v7().to_string()).await),
        "GRANT_NOT_FOUND"
    );
    let list = wire::ListGrantsRequest {
        organisation_id: world.society.to_string(),
        ..Default::default()
    };
    let request = stranger.signed(list).await.unwrap();
    assert_eq!(
        refused(stranger.grants().list_grants(request).await),
        "PERMISSION_DENIED"
    );
}

#[tokio::test]
async fn the_administrator_of_the_headquarters_gives_no_role_and_operates_nothing() {
    let world = World::new().await;
    let cast = world.headquarters;
    let (root, _) = world.staff(1, "headquarters.administrator", cast).await;
    let (_, colleague) = world.verified(2).await;
    for role in [
        "platform.system",
        "platform.security",
        "platform.audit",
        "headquarters.leader",
        "society.reviewer",
    ] {
        assert_eq!(
            refused(give(&root, &colleague, role, cast).await),
            "PERMISSION_DENIED"
        );
        let proposed = propose(&root, &colleague, role, true, cast).await;
        assert_eq!(refused(proposed), "PERMISSION_DENIED", "{role}");
    }
    let below = give(
        &root,
        &colleague,
        "organisation.administrator",
        world.society,
    )
    .await;
    assert_eq!(refused(below), "PERMISSION_DENIED");
    assert_eq!(world.count("select count(*) from access.grants").await, 1);
}

#[tokio::test]
async fn the_security_administrator_appoints_the_administrators_and_never_itself() {
    let world = World::new().await;
    let cast = world.headquarters;
    let (security, own) = world.staff(1, "platform.security", cast).await;
    let mut sequence = 2;
    for (role, on) in [
        ("headquarters.leader", cast),
        ("headquarters.administrator", cast),
        ("society.reviewer", cast),
        ("organisation.administrator", world.society),
    ] {
        assert_eq!(
            refused(give(&security, &own, role, on).await),
            "OWN_AFFAIRS",
            "{role}"
        );
        let (browser, account) = world.verified(sequence).await;
        sequence += 1;
        let grant = give(&security, &account, role, on).await.unwrap();
        revoke(&security, &grant.grant_id).await.unwrap();
        assert!(held(&browser).await.is_empty());
    }
    // What people of a society do is given by the society.
    let (administrator, _) = world
        .staff(sequence, "organisation.administrator", world.society)
        .await;
    let (_, account) = world.verified(sequence + 1).await;
    let grant = give(&administrator, &account, "society.approver", world.society)
        .await
        .unwrap();
    let refusal = refused(revoke(&security, &grant.grant_id).await);
    assert_eq!(refusal, "ROLE_NOT_ADMINISTERED");
    // One alone neither gives nor takes a role of the platform.
    let (_, auditor) = world.verified(sequence + 2).await;
    let alone = give(&security, &auditor, "platform.audit", cast).await;
    assert_eq!(refused(alone), "TWO_PEOPLE_NEEDED");
    let id = auditor.person_id.parse().unwrap();
    let grant = world.hold(id, "platform.audit", cast).await;
    let alone = revoke(&security, &grant.to_string()).await;
    assert_eq!(refused(alone), "TWO_PEOPLE_NEEDED");
}

#[tokio::test]
async fn nobody_gives_to_themselves_or_takes_from_themselves() {
    let world = World::new().await;
    let (administrator, own) = world
        .staff(1, "organisation.administrator", world.society)
        .await;
    let (colleague, _) = world
        .staff(2, "organisation.administrator", world.society)
        .await;
    let refusal = refused(give(&administrator, &own, "society.reviewer", world.society).await);
    assert_eq!(refusal, "OWN_AFFAIRS");
    let request = administrator
        .signed(wire::ListMyGrantsRequest {})
        .await
        .unwrap();
    let mine = administrator
        .grants()
        .list_my_grants(request)
        .await
        .unwrap();
    let grant_id = mine.into_inner().grants[0].grant_id.clone();
    assert_eq!(
        refused(revoke(&administrator, &grant_id).await),
        "OWN_AFFAIRS"
    );
    let actor = format!("person:{}", own.person_id);
    // The gift was refused by the layer, the withdrawal by the method.
    assert_eq!(world.records(&actor, "OWN_AFFAIRS").await, 2);
    revoke(&colleague, &grant_id).await.unwrap();
}

#[tokio::test]
async fn of_two_administrators_who_take_from_each_other_one_remains() {
    let world = World::new().await;
    let (one, first) = world.verified(1).await;
    let (other, second) = world.verified(2).await;
    let role = "organisation.administrator";
    let of_one = world
        .hold(first.person_id.parse().unwrap(), role, world.society)
        .await;
    let of_other = world
        .hold(second.person_id.parse().unwrap(), role, world.society)
        .await;
    let held = world.held(&[&first, &second]).await;
    let mut taking = Vec::new();
    for (by, grant) in [(one, of_other), (other, of_one)] {
        taking.push(tokio::spawn(async move {
            revoke(&by, &grant.to_string()).await
        }));
    }
    world.waiting(2).await;
    held.rollback().await.unwrap();
    let mut refusals = Vec::new();
    for taken in taking {
        refusals.extend(taken.await.unwrap().err().map(|status| reason(&status)));
    }
    // The second has lost its role when its turn comes.
    assert_eq!(refusals, ["GRANT_NOT_FOUND"]);
    assert_eq!(world.count("select count(*) from access.grants").await, 1);
}

#[tokio::test]
async fn roles_are_given_where_they_belong() {
    let world = World::new().await;
    let (security, _) = world
        .staff(1, "platform.security", world.headquarters)
        .await;
    let (_, account) = world.verified(2).await;
    for (role, on) in [
        ("headquarters.leader", world.society),
        ("organisation.administrator", world.headquarters),
    ] {
        let refusal = refused(give(&security, &account, role, on).await);
        assert_eq!(refusal, "ROLE_NOT_HERE", "{role}");
    }
    let leader = give(
        &security,
        &account,
        "headquarters.leader",
        world.headquarters,
    )
    .await;
    leader.unwrap();
}

#[tokio::test]
async fn only_verified_people_act_for_an_organisation() {
    let world = World::new().await;
    let (administrator, _) = world
        .staff(1, "organisation.administrator", world.society)
        .await;
    let (_, account) = world.signed_up(&phone()).await;
    assert_eq!(
        refused(give(&administrator, &account, "society.reviewer", world.society).await),
        "PERSON_NOT_VERIFIED"
    );
    let unknown = Account {
        person_number: "1000000000000009".into(),
        ..account.clone()
    };
    assert_eq!(
        refused(give(&administrator, &unknown, "society.reviewer", world.society).await),
        "PERSON_NOT_FOUND"
    );
    let status = give(&administrator, &account, "society.emperor", world.society)
        .await
        .unwrap_err();
    assert_eq!(fields(&status), ["role"]);
}

#[tokio::test]
async fn a_repeated_request_answers_alike_and_gives_once() {
    let world = World::new().await;
    let (administrator, _) = world
        .staff(1, "organisation.administrator", world.society)
        .await;
    let (_, account) = world.verified(2).await;
    let give = async || {
        give_once(
            &administrator,
            &account,
            "society.reviewer",
            world.society,
            "once",
        )
        .await
    };
    let (a, b) = tokio::join!(give(), give());
    let first = a.unwrap();
    assert_eq!(b.unwrap(), first);
    revoke(&administrator, &first.grant_id).await.unwrap();
    assert_eq!(
        give().await.unwrap(),
        first,
        "the answer of then; the grant stays taken back"
    );
    assert_eq!(
        world
            .count("select count(*) from grants where role like 'society.%'")
            .await,
        0
    );
}

#[tokio::test]
async fn grants_are_listed_page_by_page_the_newest_first() {
    let world = World::new().await;
    let (administrator, _) = world
        .staff(1, "organisation.administrator", world.society)
        .await;
    let mut given = Vec::new();
    for sequence in 2..7 {
        let (_, account) = world.verified(sequence).await;
        given.push(
            give(&administrator, &account, "society.reviewer", world.society)
                .await
                .unwrap(),
        );
    }
    given.reverse();
    for grant in &mut given {
        // Names are shown in lists, masked.
        grant.masked_name = "王**".into();
    }
    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let list = wire::ListGrantsRequest {
            organisation_id: world.society.to_string(),
            page_size: 2,
            page_token,
            ..Default::default()
        };
        let request = administrator.signed(list).await.unwrap();
        let page = administrator
            .grants()
            .list_grants(request)
            .await
            .unwrap()
            .into_inner();
        assert!(page.grants.len() <= 2);
        let given = page.grants.into_iter();
        seen.extend(given.filter(|grant| grant.role == "society.reviewer"));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, given);
}

#[tokio::test]
async fn roles_are_listed_with_what_they_permit() {
    let world = World::new().await;
    let (browser, _) = world.signed_up(&phone()).await;
    let request = browser.signed(wire::ListRolesRequest {}).await.unwrap();
    let roles = browser
        .grants()
        .list_roles(request)
        .await
        .unwrap()
        .into_inner()
        .roles;
    let reviewer = roles
        .iter()
        .find(|role| role.role == "society.reviewer")
        .unwrap();
    assert_eq!(
        (reviewer.title_zh.as_str(), reviewer.permissions.len()),
        ("初审员", 2)
    );
}

/// Grants are looked up where a decision is made, not carried about.
#[tokio::test]
async fn a_token_is_as_small_with_a_thousand_grants_as_with_one() {
    let world = World::new().await;
    let (browser, account) = world.staff(1, "society.reviewer", world.society).await;
    let one = browser.token().await.unwrap().len();
    let id: Uuid = account.person_id.parse().unwrap();
    world
        .execute(&format!(
            "insert into access.grants (grant_id, person_id, role, organisation_id)
             select gen_random_uuid(), '{id}', 'society.reviewer', gen_random_uuid() from generate_series(1, 1000)"
        ))
        .await;
    world.wait(time::Duration::minutes(10));
    assert_eq!(browser.token().await.unwrap().len(), one);
    assert!(one < 1500, "{one}");
}
