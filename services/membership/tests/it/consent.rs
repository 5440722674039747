//! What the society may see, and that it no longer does when the consent is withdrawn.

use proto_membership::v1::{self as wire, Consent, application::State};
use tonic::Response;

use crate::{
    journey::form,
    world::{Actor, World, reason},
};

async fn consents(world: &World, person: &Actor) -> Vec<Consent> {
    let request = wire::ListMyConsentsRequest::default();
    world
        .consents()
        .list_my_consents(world.by(person, request))
        .await
        .unwrap()
        .into_inner()
        .consents
}

impl World {
    /// The person withdraws the consent given last.
    pub async fn withdraw_consent(&self, person: &Actor) {
        let given = consents(self, person).await;
        withdraw(self, person, &given[0]).await;
    }
}

async fn withdraw(world: &World, person: &Actor, consent: &Consent) -> Consent {
    let request = wire::WithdrawConsentRequest {
        consent_id: consent.consent_id.clone(),
        request_id: String::new(),
    };
    world
        .consents()
        .withdraw_consent(world.by(person, request))
        .await
        .unwrap()
        .into_inner()
}

#[tokio::test]
async fn submitting_gives_a_consent_that_names_receiver_purpose_and_fields() {
    let world = World::new().await;
    let wang = world.person("王芳");
    let draft = world.draft(&wang).await;
    assert_eq!(consents(&world, &wang).await, []);
    world.submit(&wang, &draft.application_id).await.unwrap();
    let given = consents(&world, &wang).await;
    assert_eq!(given.len(), 1);
    assert_eq!(given[0].organisation_id, world.society.to_string());
    assert_eq!(given[0].fields, ["name", "form"]);
    assert!(given[0].purpose.contains("中国计算机学会") && given[0].withdrawn_at.is_none());
    // Submitted again: the same consent remains in force.
    world
        .send_back(&world.reviewer, &draft.application_id)
        .await
        .unwrap();
    world.submit(&wang, &draft.application_id).await.unwrap();
    assert_eq!(consents(&world, &wang).await, given);
    world.check().await;
}

#[tokio::test]
async fn after_the_withdrawal_the_society_sees_neither_name_nor_form_and_the_membership_stays() {
    let world = World::new().await;
    let wang = world.person("王芳");
    let member = world.member(&wang).await;
    let application = world
        .applications()
        .list_my_applications(world.by(&wang, Default::default()))
        .await
        .unwrap();
    let id = application.into_inner().applications[0]
        .application_id
        .clone();
    let request = wire::GetMembershipCardRequest {
        membership_id: member.membership_id.clone(),
    };
    let card = world
        .memberships()
        .get_membership_card(world.by(&wang, request))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        world.application(&world.approver, &id).await.unwrap().form,
        Some(form())
    );

    let consent = consents(&world, &wang).await.remove(0);
    let withdrawn = withdraw(&world, &wang, &consent).await;
    assert!(withdrawn.withdrawn_at.is_some());
    // Again changes nothing.
    world
        .clock
        .set(crate::world::NOW + time::Duration::minutes(1));
    assert_eq!(withdraw(&world, &wang, &consent).await, withdrawn);

    let staffs = world.application(&world.approver, &id).await.unwrap();
    assert_eq!((staffs.applicant_name.as_str(), staffs.form), ("", None));
    let listed = wire::ListApplicationsRequest {
        organisation_id: world.society.to_string(),
        states: vec![State::Approved.into()],
        ..Default::default()
    };
    let listed = world
        .applications()
        .list_applications(world.by(&world.approver, listed))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (
            listed.applications[0].applicant_name.as_str(),
            &listed.applications[0].form
        ),
        ("", &None)
    );
    assert_eq!(
        world
            .membership(&world.desk, &member.membership_id)
            .await
            .unwrap()
            .member_name,
        ""
    );
    let by_name = |query: &str| wire::SearchMembershipsRequest {
        organisation_id: world.society.to_string(),
        query: query.into(),
        ..Default::default()
    };
    let found = world
        .memberships()
        .search_memberships(world.by(&world.desk, by_name("王芳")))
        .await
        .unwrap();
    assert_eq!(
        found.into_inner().memberships,
        [],
        "a hidden name is not found either"
    );
    let found = world
        .memberships()
        .search_memberships(world.by(&world.desk, by_name("B200000001M")))
        .await
        .unwrap();
    assert_eq!(found.into_inner().memberships[0].member_name, "");
    let opened = wire::VerifyCardRequest { token: card.token };
    let opened = world
        .verification()
        .verify_card(tonic::Request::new(opened))
        .await
        .unwrap()
        .into_inner();
    assert_eq!((opened.in_force, opened.masked_name.as_str()), (true, ""));
    let suspended = world
        .suspend(&world.desk, &member.membership_id)
        .await
        .unwrap();
    assert_eq!(suspended.member_name, "");

    // Who it is about still sees all of it.
    let own = world.application(&wang, &id).await.unwrap();
    assert_eq!(
        (own.applicant_name.as_str(), own.form),
        ("王芳", Some(form()))
    );
    assert_eq!(
        world
            .membership(&wang, &member.membership_id)
            .await
            .unwrap()
            .member_name,
        "王芳"
    );
    world.check().await;
}

#[tokio::test]
async fn what_cannot_be_read_is_not_passed_but_returned_and_handed_in_under_a_new_consent() {
    let world = World::new().await;
    let wang = world.person("王芳");
    let application = world.submitted(&wang).await;
    let id = application.application_id.as_str();
    let first = consents(&world, &wang).await.remove(0);
    withdraw(&world, &wang, &first).await;
    assert_eq!(
        reason(world.pass(&world.reviewer, id).await),
        "CONSENT_WITHDRAWN"
    );
    let returned = world.send_back(&world.reviewer, id).await.unwrap();
    assert_eq!((returned.state(), returned.form), (State::Returned, None));
    world.submit(&wang, id).await.unwrap();
    let given = consents(&world, &wang).await;
    assert_eq!(given.len(), 2);
    assert!(given[0].withdrawn_at.is_none() && given[1].withdrawn_at.is_some());
    assert_eq!(
        world
            .pass(&world.reviewer, id)
            .await
            .unwrap()
            .applicant_name,
        "王芳"
    );
    world.check().await;
}

/// Held at the worst moment: the approval is written and not committed when the consent is withdrawn.
#[tokio::test]
async fn a_consent_withdrawn_during_the_approval_counts_right_after_it() {
    let world = World::new().await;
    let wang = world.person("王芳");
    let application = world.in_final_review(&wang).await;
    let consent = consents(&world, &wang).await.remove(0);
    let held = world.hold_events().await;
    let approving = world.approve(&world.approver, &application.application_id);
    let withdrawing = async {
        world.until_waiting(1).await;
        let release = async {
            world.until_waiting(2).await;
            held.rollback().await.unwrap();
        };
        tokio::join!(withdraw(&world, &wang, &consent), release).0
    };
    let (approved, withdrawn) = tokio::join!(approving, withdrawing);
    let approved = approved.unwrap();
    assert!(withdrawn.withdrawn_at.is_some());
    assert_eq!(
        world
            .membership(&world.desk, &approved.membership_id)
            .await
            .unwrap()
            .member_name,
        ""
    );
    world.check().await;
}

#[tokio::test]
async fn a_consent_is_withdrawn_by_its_person_alone() {
    let world = World::new().await;
    let wang = world.person("王芳");
    world.submitted(&wang).await;
    let consent = consents(&world, &wang).await.remove(0);
    for other in [&world.person("李明"), &world.approver] {
        let request = wire::WithdrawConsentRequest {
            consent_id: consent.consent_id.clone(),
            request_id: String::new(),
        };
        let answer = world
            .consents()
            .withdraw_consent(world.by(other, request))
            .await
            .map(Response::into_inner);
        assert_eq!(reason(answer), "NOT_FOUND");
    }
    assert_eq!(consents(&world, &wang).await[0].withdrawn_at, None);
}
