//! What people gave to a society is not for those above it: in two worlds that differ only in that, every answer to the headquarters
//! is the same, byte for byte.

use prost::Message as _;
use proto_membership::v1::{self as wire, Application, Membership};

use crate::{
    journey::form,
    world::{Actor, World, reason, refusal},
};

/// A world in which a person applied to the society under this name, with this form, was returned with this reason, and became a member.
struct Told {
    world: World,
    above: Actor,
    applicant: Actor,
    application_id: String,
    /// The answers to staff from above and to staff of the society, as they came.
    to_above: Vec<(&'static str, Vec<u8>)>,
    to_society: Vec<(&'static str, Vec<u8>)>,
    membership_id: String,
}

/// Ids are new in every world; all else must be the same.
fn without_ids(mut application: Application) -> Application {
    application.application_id.clear();
    application.person_number.clear();
    application.membership_id.clear();
    for earlier in &mut application.earlier_memberships {
        earlier.membership_id.clear();
    }
    application
}

fn without_ids_of(mut membership: Membership) -> Membership {
    membership.membership_id.clear();
    membership.person_number.clear();
    membership
}

impl Told {
    async fn of(name: &str, employer: &str, why: &str) -> Self {
        let world = World::new().await;
        let above = world
            .staff("organisation.administrator", world.headquarters)
            .await;
        let inside = world
            .staff("organisation.administrator", world.society)
            .await;
        let applicant = world.person(name);
        let mut told = Self {
            application_id: world.draft(&applicant).await.application_id,
            membership_id: String::new(),
            to_above: Vec::new(),
            to_society: Vec::new(),
            world,
            above,
            applicant,
        };
        told.tell(employer, why, &inside).await;
        told
    }

    async fn tell(&mut self, employer: &str, why: &str, inside: &Actor) {
        let (world, id) = (&self.world, self.application_id.clone());
        let update = wire::UpdateApplicationRequest {
            application_id: id.clone(),
            category: wire::MembershipCategory::Ordinary.into(),
            form: Some(wire::ApplicationForm {
                employer: employer.into(),
                statement: why.into(),
                ..form()
            }),
            etag: "*".into(),
            ..Default::default()
        };
        world
            .applications()
            .update_application(world.by(&self.applicant, update))
            .await
            .unwrap();
        world.submit(&self.applicant, &id).await.unwrap();
        self.look("submitted", inside).await;
        let world = &self.world;
        let back = wire::ReturnApplicationRequest {
            application_id: id.clone(),
            reason: why.into(),
            ..Default::default()
        };
        let answer = world
            .applications()
            .return_application(world.by(&self.above, back))
            .await
            .unwrap();
        self.to_above.push((
            "ReturnApplication",
            without_ids(answer.into_inner()).encode_to_vec(),
        ));
        self.look("returned", inside).await;
        let world = &self.world;
        world.submit(&self.applicant, &id).await.unwrap();
        world.pass(inside, &id).await.unwrap();
        let approved = world.approve(&self.above, &id).await.unwrap();
        self.membership_id = approved.membership_id.clone();
        self.to_above
            .push(("ApproveApplication", without_ids(approved).encode_to_vec()));
        let suspend = wire::SuspendMembershipRequest {
            membership_id: self.membership_id.clone(),
            reason: why.into(),
            ground: wire::SuspensionGround::Misconduct.into(),
            ..Default::default()
        };
        let suspended = world
            .memberships()
            .suspend_membership(world.by(&self.above, suspend))
            .await
            .unwrap();
        self.to_above.push((
            "SuspendMembership",
            without_ids_of(suspended.into_inner()).encode_to_vec(),
        ));
        world
            .resign(&self.applicant, &self.membership_id)
            .await
            .unwrap();
        self.application_id = world.submitted(&self.applicant).await.application_id;
        self.look("applied again", inside).await;
    }

    /// Everything that can be read, by both.
    async fn look(&mut self, _when: &'static str, inside: &Actor) {
        for (who, society) in [(self.above.clone(), false), (inside.clone(), true)] {
            let world = &self.world;
            let mut seen = Vec::new();
            let one = world.application(&who, &self.application_id).await.unwrap();
            seen.push(("GetApplication", without_ids(one).encode_to_vec()));
            let request = wire::ListApplicationHistoryRequest {
                application_id: self.application_id.clone(),
            };
            let mut history = world
                .applications()
                .list_application_history(world.by(&who, request))
                .await
                .unwrap()
                .into_inner();
            for step in &mut history.steps {
                step.actor_number.clear();
            }
            seen.push(("ListApplicationHistory", history.encode_to_vec()));
            let request = wire::ListApplicationsRequest {
                organisation_id: world.society.to_string(),
                states: (2..=7).collect(),
                ..Default::default()
            };
            let list = world
                .applications()
                .list_applications(world.by(&who, request))
                .await
                .unwrap()
                .into_inner();
            for application in list.applications {
                seen.push(("ListApplications", without_ids(application).encode_to_vec()));
            }
            let request = wire::ListMembershipsRequest {
                organisation_id: world.society.to_string(),
                ..Default::default()
            };
            let list = world
                .memberships()
                .list_memberships(world.by(&who, request))
                .await
                .unwrap()
                .into_inner();
            for membership in list.memberships {
                let by_number = wire::SearchMembershipsRequest {
                    organisation_id: world.society.to_string(),
                    query: membership.member_number.clone(),
                    ..Default::default()
                };
                let found = world
                    .memberships()
                    .search_memberships(world.by(&who, by_number))
                    .await
                    .unwrap()
                    .into_inner();
                assert_eq!(found.memberships, std::slice::from_ref(&membership));
                let one = world
                    .membership(&who, &membership.membership_id)
                    .await
                    .unwrap();
                assert_eq!(one, membership);
                seen.push((
                    "ListMemberships",
                    without_ids_of(membership).encode_to_vec(),
                ));
            }
            if society {
                self.to_society.extend(seen);
            } else {
                self.to_above.extend(seen);
            }
        }
    }
}

#[tokio::test]
async fn no_byte_of_an_answer_to_those_above_depends_on_what_was_given_to_the_society() {
    let one = Told::of("王芳", "清华大学", "请补充清华大学的证明").await;
    let other = Told::of("王小明明", "某某单位", "身份存疑").await;
    assert!(one.to_above.len() >= 14, "{}", one.to_above.len());
    assert_eq!(one.to_above, other.to_above);
    for (method, answer) in &one.to_above {
        for secret in ["王芳", "清华大学"] {
            let found = answer
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(!found, "{method} tells {secret}");
        }
    }
    // The control: the society itself sees the difference in each of them.
    for method in [
        "GetApplication",
        "ListApplicationHistory",
        "ListApplications",
        "ListMemberships",
    ] {
        let of = |told: &Told| -> Vec<Vec<u8>> {
            told.to_society
                .iter()
                .filter(|(name, _)| *name == method)
                .map(|(_, answer)| answer.clone())
                .collect()
        };
        assert_ne!(of(&one), of(&other), "{method}");
    }
    let hint = one
        .world
        .membership(&one.above, &one.membership_id)
        .await
        .unwrap();
    assert_eq!(hint.member_name, "王**");
    one.world.check().await;
}

#[tokio::test]
async fn a_search_by_name_from_above_is_refused_whether_there_is_such_a_member_or_not() {
    let world = World::new().await;
    world.member(&world.person("王芳")).await;
    let above = world
        .staff("organisation.administrator", world.headquarters)
        .await;
    let system = world.system(world.headquarters, "members.read");
    let search = async |who: &Actor, query: &str| {
        let request = wire::SearchMembershipsRequest {
            organisation_id: world.society.to_string(),
            query: query.into(),
            ..Default::default()
        };
        world
            .memberships()
            .search_memberships(world.by(who, request))
            .await
    };
    for who in [&above, &system] {
        for name in ["王芳", "查无此人"] {
            let refused = refusal(search(who, name).await);
            assert_eq!(
                (refused.reason.as_str(), refused.fields.as_slice()),
                ("INVALID_ARGUMENT", &["query".to_owned()][..])
            );
        }
        let found = search(who, "B200000001M").await.unwrap().into_inner();
        assert_eq!(found.memberships[0].member_name, "王**");
    }
    let own = world.system(world.society, "members.read");
    for who in [&world.desk, &own] {
        let found = search(who, "王芳").await.unwrap().into_inner();
        assert_eq!(found.memberships[0].member_name, "王芳");
        let none = search(who, "查无此人").await.unwrap().into_inner();
        assert_eq!(none.memberships, []);
    }
    assert_eq!(
        reason(search(&world.stranger, "王芳").await),
        "PERMISSION_DENIED"
    );
    world.check().await;
}

#[tokio::test]
async fn those_above_see_nothing_of_a_name_whose_consent_was_withdrawn() {
    let world = World::new().await;
    let wang = world.person("王芳");
    let member = world.member(&wang).await;
    let above = world
        .staff("organisation.administrator", world.headquarters)
        .await;
    world.withdraw_consent(&wang).await;
    let seen = world
        .membership(&above, &member.membership_id)
        .await
        .unwrap();
    assert_eq!(seen.member_name, "");
    world.check().await;
}
